/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordsettings-private.h"
#include "gstdiscordreporter.h"
#include "gstdiscordcredentials.h"

#include <gst/discord/gstdiscorderror-private.h>

/* One slot per setting, the kind chosen by the setting's type. */
typedef struct
{
  gchar *text[GST_DISCORD_N_SETTINGS];
  guint64 number[GST_DISCORD_N_SETTINGS];
  GObject *object[GST_DISCORD_N_SETTINGS];
  gchar **modes;
  GstCaps *codecs;
  gboolean video; /* of others is wanted */
  GstCaps *streams; /* layers to offer; NULL: none */
  GstDiscordGoLive go_live;
} Values;

struct _GstDiscordSettings
{
  GstElement *element; /* borrowed: it owns us */
  guint first_id;
  const GstDiscordSettingsHooks *hooks;

  /* The element's object lock guards the fields below; nothing is called while
   * it is held. */
  Values values;
  gboolean changed; /* since the connection was acquired */
  gboolean opened;
  GstDiscordConnection *connection; /* owned, with one use; READY and up */
  GstDiscordReporter *reporter; /* owned; changes in state changes only */
  GstStructure *last_stats; /* of the last connection */
};

static void
values_clear (Values *values)
{
  for (guint i = 0; i < GST_DISCORD_N_SETTINGS; i++) {
    g_clear_pointer (&values->text[i], gst_discord_secret_free);
    g_clear_object (&values->object[i]);
  }
  g_clear_pointer (&values->modes, g_strfreev);
  gst_clear_caps (&values->codecs);
  gst_clear_caps (&values->streams);
  gst_discord_go_live_clear (&values->go_live);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Values, values_clear)

static void
values_copy (Values *to, const Values *from)
{
  *to = *from;
  for (guint i = 0; i < GST_DISCORD_N_SETTINGS; i++) {
    to->text[i] = g_strdup (from->text[i]);
    if (to->object[i] != NULL)
      g_object_ref (to->object[i]);
  }
  to->modes = g_strdupv (from->modes);
  if (to->codecs != NULL)
    gst_caps_ref (to->codecs);
  if (to->streams != NULL)
    gst_caps_ref (to->streams);
  gst_discord_go_live_copy (&to->go_live, &from->go_live);
}

GstDiscordSettings *
gst_discord_settings_new (
    GstElement *element, guint first_id, const GstDiscordSettingsHooks *hooks)
{
  GstDiscordSettings *self = g_new0 (GstDiscordSettings, 1);
  guint64 *number = self->values.number;

  self->element = element;
  self->first_id = first_id;
  self->hooks = hooks;
  self->values.text[GST_DISCORD_SETTING_TOKEN_ENV] =
      g_strdup (DEFAULT_TOKEN_ENV);
  number[GST_DISCORD_SETTING_ACCOUNT_TYPE] = GST_DISCORD_ACCOUNT_TYPE_BOT;
  number[GST_DISCORD_SETTING_E2EE] = GST_DISCORD_E2EE_REQUIRED;
  number[GST_DISCORD_SETTING_TIMEOUT] = DEFAULT_TIMEOUT;
  number[GST_DISCORD_SETTING_RECONNECT] = TRUE;
  number[GST_DISCORD_SETTING_MAX_RECONNECTS] = DEFAULT_MAX_RECONNECTS;
  number[GST_DISCORD_SETTING_GATEWAY_VERSION] = DEFAULT_GATEWAY_VERSION;
  number[GST_DISCORD_SETTING_RTX] = TRUE;
  return self;
}

void
gst_discord_settings_free (GstDiscordSettings *self)
{
  gst_discord_settings_close (self);
  gst_discord_settings_release (self);
  values_clear (&self->values);
  g_clear_pointer (&self->last_stats, gst_structure_free);
  g_free (self);
}

static gchar **
strings_of_array (const GValue *array)
{
  guint n = gst_value_array_get_size (array);
  gchar **strings;

  if (n == 0)
    return NULL;
  strings = g_new0 (gchar *, n + 1);
  for (guint i = 0; i < n; i++) {
    const gchar *text =
        g_value_get_string (gst_value_array_get_value (array, i));

    strings[i] = g_strdup (text != NULL ? text : "");
  }
  return strings;
}

static void
array_of_strings (GValue *array, gchar **strings)
{
  for (guint i = 0; strings != NULL && strings[i] != NULL; i++) {
    GValue value = G_VALUE_INIT;

    g_value_init (&value, G_TYPE_STRING);
    g_value_set_string (&value, strings[i]);
    gst_value_array_append_and_take_value (array, &value);
  }
}

static guint64
number_of_value (const GValue *value)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_value_get_boolean (value);
  if (G_VALUE_HOLDS_ENUM (value))
    return g_value_get_enum (value);
  if (G_VALUE_HOLDS_UINT (value))
    return g_value_get_uint (value);
  return g_value_get_uint64 (value);
}

static void
value_of_number (GValue *value, guint64 number)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, number != 0);
  else if (G_VALUE_HOLDS_ENUM (value))
    g_value_set_enum (value, (gint) number);
  else if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, (guint) number);
  else
    g_value_set_uint64 (value, number);
}

/* What a joined connection takes at once: the channel is a move, the others
 * tell everybody. How a move went comes back as an element message. */
static void
apply_if_opened (GstDiscordSettings *self, guint setting, const GValue *value)
{
  g_autoptr (GstDiscordConnection) connection = NULL;
  const gchar *name;

  if (setting == GST_DISCORD_SETTING_CHANNEL_ID)
    name = "channel-id";
  else if (setting == GST_DISCORD_SETTING_SELF_MUTE)
    name = "self-mute";
  else if (setting == GST_DISCORD_SETTING_SELF_DEAF)
    name = "self-deaf";
  else
    return;

  /* A stream stays where it is, and says nothing of a microphone. */
  GST_OBJECT_LOCK (self->element);
  if (self->opened && !gst_discord_go_live_is_set (&self->values.go_live))
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self->element);
  if (connection == NULL)
    return;
  if (setting == GST_DISCORD_SETTING_CHANNEL_ID
      && g_value_get_uint64 (value) == 0)
    return;
  g_object_set_property (G_OBJECT (connection), name, value);
}

static gboolean
is_setting (GstDiscordSettings *self, guint id)
{
  return id >= self->first_id && id < self->first_id + GST_DISCORD_N_SETTINGS;
}

gboolean
gst_discord_settings_set_property (
    GstDiscordSettings *self, guint id, const GValue *value)
{
  guint setting = id - self->first_id;
  Values *values = &self->values;
  g_auto (Values) old = { .modes = NULL };

  if (!is_setting (self, id))
    return FALSE;

  GST_OBJECT_LOCK (self->element);
  if (G_VALUE_HOLDS_STRING (value)) {
    old.text[setting] = values->text[setting];
    values->text[setting] = g_value_dup_string (value);
  } else if (G_VALUE_HOLDS_OBJECT (value)) {
    old.object[setting] = values->object[setting];
    values->object[setting] = g_value_dup_object (value);
  } else if (GST_VALUE_HOLDS_ARRAY (value)) {
    old.modes = values->modes;
    values->modes = strings_of_array (value);
  } else if (GST_VALUE_HOLDS_CAPS (value)) {
    old.codecs = values->codecs;
    values->codecs = g_value_dup_boxed (value);
  } else {
    values->number[setting] = number_of_value (value);
  }
  self->changed = TRUE;
  GST_OBJECT_UNLOCK (self->element);

  apply_if_opened (self, setting, value);
  return TRUE;
}

void
gst_discord_settings_set_video (GstDiscordSettings *self, gboolean video)
{
  GST_OBJECT_LOCK (self->element);
  self->changed |= self->values.video != video;
  self->values.video = video;
  GST_OBJECT_UNLOCK (self->element);
}

void
gst_discord_settings_set_video_streams (
    GstDiscordSettings *self, GstCaps *streams)
{
  GST_OBJECT_LOCK (self->element);
  gst_caps_replace (&self->values.streams, streams);
  self->changed = TRUE;
  GST_OBJECT_UNLOCK (self->element);
}

void
gst_discord_settings_set_go_live (
    GstDiscordSettings *self, const GstDiscordGoLive *go_live)
{
  g_auto (GstDiscordGoLive) old = { .stream_key = NULL };

  GST_OBJECT_LOCK (self->element);
  old = self->values.go_live;
  gst_discord_go_live_copy (&self->values.go_live, go_live);
  self->changed = TRUE;
  GST_OBJECT_UNLOCK (self->element);
}

static GstStructure *
get_stats (GstDiscordSettings *self)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_settings_ref_connection (self);
  GstStructure *stats = NULL;

  if (connection != NULL) {
    stats = gst_discord_connection_get_stats (connection);
  } else {
    GST_OBJECT_LOCK (self->element);
    if (self->last_stats != NULL)
      stats = gst_structure_copy (self->last_stats);
    GST_OBJECT_UNLOCK (self->element);
  }
  if (stats == NULL)
    stats = gst_structure_new_empty ("application/x-discord-stats");
  if (self->hooks != NULL && self->hooks->add_stats != NULL)
    self->hooks->add_stats (self->element, stats);
  return stats;
}

/* What only a connection knows; without one @value keeps the default. */
static gboolean
get_from_connection (GstDiscordSettings *self, guint setting, GValue *value)
{
  g_autoptr (GstDiscordConnection) connection = NULL;
  const gchar *name;

  if (setting == GST_DISCORD_SETTING_E2EE_STATE)
    name = "e2ee-state";
  else if (setting == GST_DISCORD_SETTING_VOICE_PRIVACY_CODE)
    name = "voice-privacy-code";
  else if (setting == GST_DISCORD_SETTING_VIDEO_CODEC)
    name = "video-codec";
  else
    return FALSE;

  connection = gst_discord_settings_ref_connection (self);
  if (connection != NULL)
    g_object_get_property (G_OBJECT (connection), name, value);
  return TRUE;
}

gboolean
gst_discord_settings_get_property (
    GstDiscordSettings *self, guint id, GValue *value)
{
  guint setting = id - self->first_id;

  if (!is_setting (self, id))
    return FALSE;
  if (setting == GST_DISCORD_SETTING_STATS) {
    g_value_take_boxed (value, get_stats (self));
    return TRUE;
  }
  if (get_from_connection (self, setting, value))
    return TRUE;

  GST_OBJECT_LOCK (self->element);
  if (setting == GST_DISCORD_SETTING_CONNECTION && self->connection != NULL)
    g_value_set_object (value, self->connection);
  else if (G_VALUE_HOLDS_STRING (value))
    g_value_set_string (value, self->values.text[setting]);
  else if (G_VALUE_HOLDS_OBJECT (value))
    g_value_set_object (value, self->values.object[setting]);
  else if (GST_VALUE_HOLDS_ARRAY (value))
    array_of_strings (value, self->values.modes);
  else if (GST_VALUE_HOLDS_CAPS (value))
    gst_value_set_caps (value, self->values.codecs);
  else
    value_of_number (value, self->values.number[setting]);
  GST_OBJECT_UNLOCK (self->element);
  return TRUE;
}

static gboolean
has_own_gateway (const Values *values)
{
  return values->text[GST_DISCORD_SETTING_SESSION_ID] != NULL
      || values->text[GST_DISCORD_SETTING_VOICE_TOKEN] != NULL
      || values->text[GST_DISCORD_SETTING_ENDPOINT] != NULL
      || values->number[GST_DISCORD_SETTING_USER_ID] != 0;
}

static gboolean
check_own_gateway (const Values *values, GError **error)
{
  const gchar *missing = NULL;

  if (values->text[GST_DISCORD_SETTING_SESSION_ID] == NULL)
    missing = "session-id";
  else if (values->text[GST_DISCORD_SETTING_VOICE_TOKEN] == NULL)
    missing = "voice-token";
  else if (values->text[GST_DISCORD_SETTING_ENDPOINT] == NULL)
    missing = "endpoint";
  else if (values->number[GST_DISCORD_SETTING_USER_ID] == 0)
    missing = "user-id";
  if (missing == NULL)
    return TRUE;
  g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
      "Property %s is not set. An own gateway hands over session-id, "
      "voice-token, endpoint and user-id together.",
      missing);
  return FALSE;
}

static gboolean
resolve_place (Values *values, GError **error)
{
  if (!gst_discord_go_live_find_place (&values->go_live,
          &values->number[GST_DISCORD_SETTING_GUILD_ID],
          &values->number[GST_DISCORD_SETTING_CHANNEL_ID], error))
    return FALSE;
  if (values->number[GST_DISCORD_SETTING_CHANNEL_ID] != 0)
    return TRUE;
  g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
      "Property channel-id is not set; there is no channel to join.");
  return FALSE;
}

static gboolean
resolve_token (Values *values, GError **error)
{
  gchar *token =
      gst_discord_token_resolve (values->text[GST_DISCORD_SETTING_TOKEN],
          values->text[GST_DISCORD_SETTING_TOKEN_FILE],
          values->text[GST_DISCORD_SETTING_TOKEN_ENV], error);

  if (token == NULL)
    return FALSE;
  gst_discord_secret_free (values->text[GST_DISCORD_SETTING_TOKEN]);
  values->text[GST_DISCORD_SETTING_TOKEN] = token;
  return TRUE;
}

/* Fills what needs more than a copy: token and authorities. */
static gboolean
resolve_account (Values *values, GError **error)
{
  if (values->object[GST_DISCORD_SETTING_SIGNALLER] == NULL) {
    if (has_own_gateway (values)) {
      if (!check_own_gateway (values, error))
        return FALSE;
    } else if (!resolve_token (values, error)) {
      return FALSE;
    }
  }
  if (values->object[GST_DISCORD_SETTING_TLS_DATABASE] == NULL
      && values->text[GST_DISCORD_SETTING_TLS_CA_FILE] != NULL) {
    values->object[GST_DISCORD_SETTING_TLS_DATABASE] =
        G_OBJECT (gst_discord_tls_database_get (
            values->text[GST_DISCORD_SETTING_TLS_CA_FILE], error));
    return values->object[GST_DISCORD_SETTING_TLS_DATABASE] != NULL;
  }
  return TRUE;
}

static GstDiscordConnection *
connection_of_values (const Values *values, GError **error)
{
  gboolean own = values->object[GST_DISCORD_SETTING_SIGNALLER] == NULL
      && has_own_gateway (values);
  GstDiscordConnectionConfig config = {
    .parent =
        (GstDiscordConnection *) values->object[GST_DISCORD_SETTING_CONNECTION],
    .signaller =
        (GstDiscordSignaller *) values->object[GST_DISCORD_SETTING_SIGNALLER],
    .account_type = values->number[GST_DISCORD_SETTING_ACCOUNT_TYPE],
    .gateway_url = values->text[GST_DISCORD_SETTING_GATEWAY_URL],
    .api_url = values->text[GST_DISCORD_SETTING_API_URL],
    .tls_database =
        (GTlsDatabase *) values->object[GST_DISCORD_SETTING_TLS_DATABASE],
    .guild_id = values->number[GST_DISCORD_SETTING_GUILD_ID],
    .channel_id = values->number[GST_DISCORD_SETTING_CHANNEL_ID],
    .self_mute = values->number[GST_DISCORD_SETTING_SELF_MUTE] != 0,
    .self_deaf = values->number[GST_DISCORD_SETTING_SELF_DEAF] != 0,
    .timeout = values->number[GST_DISCORD_SETTING_TIMEOUT],
    .reconnect = values->number[GST_DISCORD_SETTING_RECONNECT] != 0,
    .max_reconnects = values->number[GST_DISCORD_SETTING_MAX_RECONNECTS],
    .gateway_version = values->number[GST_DISCORD_SETTING_GATEWAY_VERSION],
    .encryption_modes = (const gchar *const *) values->modes,
    .udp_qos = values->number[GST_DISCORD_SETTING_UDP_QOS] != 0,
    .e2ee = values->number[GST_DISCORD_SETTING_E2EE],
    .identity_key_file = values->text[GST_DISCORD_SETTING_IDENTITY_KEY_FILE],
    .codecs = values->codecs,
    .no_rtx = values->number[GST_DISCORD_SETTING_RTX] == 0,
    .video = values->video,
    .video_streams = values->streams,
  };

  if (own) {
    config.session_id = values->text[GST_DISCORD_SETTING_SESSION_ID];
    config.voice_token = values->text[GST_DISCORD_SETTING_VOICE_TOKEN];
    config.endpoint = values->text[GST_DISCORD_SETTING_ENDPOINT];
    config.user_id = values->number[GST_DISCORD_SETTING_USER_ID];
  } else if (config.signaller == NULL) {
    config.token = values->text[GST_DISCORD_SETTING_TOKEN];
  }
  gst_discord_go_live_configure (&values->go_live, &config);
  return gst_discord_connection_acquire (&config, error);
}

/* The application's own connection keeps what the application set. */
static GstDiscordConnection *
acquire_given (GstDiscordConnection *given, const Values *values)
{
  g_autoptr (GPtrArray) offered =
      gst_discord_connection_get_video_streams (given);

  if (values->streams != NULL && offered->len == 0)
    g_object_set (given, "video-streams", values->streams, NULL);
  if (values->video)
    g_object_set (given, "video", TRUE, NULL);
  return gst_discord_connection_acquire_existing (given);
}

static GstDiscordConnection *
acquire_connection (const Values *values, GError **error)
{
  g_auto (Values) resolved = { .modes = NULL };
  GObject *given = values->object[GST_DISCORD_SETTING_CONNECTION];

  if (given != NULL && !gst_discord_go_live_is_set (&values->go_live))
    return acquire_given (GST_DISCORD_CONNECTION (given), values);
  values_copy (&resolved, values);
  if (given != NULL)
    g_object_get (given, "guild-id",
        &resolved.number[GST_DISCORD_SETTING_GUILD_ID], "channel-id",
        &resolved.number[GST_DISCORD_SETTING_CHANNEL_ID], NULL);
  if (!resolve_place (&resolved, error))
    return NULL;
  if (given == NULL && !resolve_account (&resolved, error))
    return NULL;
  return connection_of_values (&resolved, error);
}

gboolean
gst_discord_settings_acquire (GstDiscordSettings *self)
{
  g_auto (Values) values = { .modes = NULL };
  g_autoptr (GError) error = NULL;
  GstDiscordConnection *connection;

  GST_OBJECT_LOCK (self->element);
  values_copy (&values, &self->values);
  self->changed = FALSE;
  GST_OBJECT_UNLOCK (self->element);

  connection = acquire_connection (&values, &error);
  if (connection == NULL) {
    gst_discord_error_post (self->element, error);
    return FALSE;
  }
  self->reporter =
      gst_discord_reporter_new (self->element, connection, self->hooks);
  GST_OBJECT_LOCK (self->element);
  self->connection = connection;
  g_clear_pointer (&self->last_stats, gst_structure_free);
  GST_OBJECT_UNLOCK (self->element);
  return TRUE;
}

gboolean
gst_discord_settings_open (GstDiscordSettings *self)
{
  gboolean changed;

  GST_OBJECT_LOCK (self->element);
  changed = self->changed;
  GST_OBJECT_UNLOCK (self->element);
  if (changed) {
    gst_discord_settings_release (self);
    if (!gst_discord_settings_acquire (self))
      return FALSE;
  }

  gst_discord_reporter_start (self->reporter);
  gst_discord_connection_open (self->connection);
  GST_OBJECT_LOCK (self->element);
  self->opened = TRUE;
  GST_OBJECT_UNLOCK (self->element);
  gst_discord_reporter_started (self->reporter);
  return TRUE;
}

void
gst_discord_settings_close (GstDiscordSettings *self)
{
  gboolean opened;

  GST_OBJECT_LOCK (self->element);
  opened = self->opened;
  self->opened = FALSE;
  GST_OBJECT_UNLOCK (self->element);
  if (!opened)
    return;
  gst_discord_reporter_stop (self->reporter);
  gst_discord_connection_close (self->connection);
}

void
gst_discord_settings_release (GstDiscordSettings *self)
{
  GstDiscordConnection *connection = self->connection;
  GstStructure *stats;

  if (connection == NULL)
    return;
  g_clear_pointer (&self->reporter, gst_discord_reporter_free);
  stats = gst_discord_connection_get_stats (connection);
  GST_OBJECT_LOCK (self->element);
  self->connection = NULL;
  self->last_stats = stats;
  GST_OBJECT_UNLOCK (self->element);
  gst_discord_connection_release (connection);
}

GstDiscordConnection *
gst_discord_settings_ref_connection (GstDiscordSettings *self)
{
  GstDiscordConnection *connection = NULL;

  GST_OBJECT_LOCK (self->element);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self->element);
  return connection;
}
