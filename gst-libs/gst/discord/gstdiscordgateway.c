/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordgateway
 * @title: GstDiscordGateway
 * @short_description: Discord's main gateway, for those who have no other
 *
 * The #GstDiscordSignaller with a websocket of its own. It connects when the
 * first voice channel is joined, keeps its session alive, resumes and
 * reconnects, and closes when the last reference goes.
 *
 * Discord allows an account only so many gateway sessions; therefore
 * gst_discord_gateway_get() hands out one object per token in a process, which
 * every element and application shares.
 *
 * Properties may be read from any thread. Signals, notifications among them,
 * are emitted in the library's signalling thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordgatewaystreams.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

#include "gstdiscorderror.h"
#include "signalling/gatewaycore.h"
#include "signalling/gatewaysettings.h"

#define KEY_SIZE crypto_generichash_BYTES

enum
{
  PROP_0,
  PROP_ACCOUNT_TYPE,
  PROP_TOKEN,
  PROP_GATEWAY_URL,
  PROP_API_URL,
  PROP_TLS_DATABASE,
  PROP_USER_ID,
  PROP_STATE,
  PROP_LATENCY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

struct _GstDiscordGateway
{
  GObject parent;

  /* Set at construction only. */
  GstDiscordAccountType account_type;
  gchar *token; /* wiped and NULL once constructed */
  gchar *gateway_url;
  gchar *api_url;
  GTlsDatabase *tls_database;
  DiscordGatewayCore *core;
  gchar *key; /* NULL: not in the table */

  GMutex lock; /* the following; a leaf */
  guint64 user_id;
  GstDiscordConnectionState state;
  gdouble latency;
};

/* Guards the table. Before thread.c's lock, which construction takes; no other
 * lock is taken with it. Objects that others hold are never released under
 * it. */
static GMutex table_lock;
static GHashTable *table; /* key -> owned GWeakRef */
static guint8 table_secret[crypto_generichash_KEYBYTES];

static void gst_discord_gateway_signaller_init (
    GstDiscordSignallerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordGateway, gst_discord_gateway,
    G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (
        GST_TYPE_DISCORD_SIGNALLER, gst_discord_gateway_signaller_init))

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static gboolean
init_table_unlocked (void)
{
  if (table != NULL)
    return TRUE;
  if (sodium_init () < 0)
    return FALSE;
  randombytes_buf (table_secret, sizeof (table_secret));
  table =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, weak_ref_free);
  return TRUE;
}

static void
hash_string (crypto_generichash_state *state, const gchar *text)
{
  /* With its NUL, so that the parts cannot run into each other. */
  const gchar *part = text != NULL ? text : "";

  crypto_generichash_update (state, (const guint8 *) part, strlen (part) + 1);
}

/* A keyed hash: the table outlives tokens and must not keep them. */
static gchar *
make_key_unlocked (const gchar *token, GstDiscordAccountType account_type,
    const gchar *gateway_url, const gchar *api_url)
{
  crypto_generichash_state state;
  guint8 hash[KEY_SIZE];
  gchar *key = g_malloc (KEY_SIZE * 2 + 1);
  guint8 type = (guint8) account_type;

  crypto_generichash_init (
      &state, table_secret, sizeof (table_secret), sizeof (hash));
  crypto_generichash_update (&state, &type, 1);
  hash_string (&state, token);
  hash_string (&state, gateway_url);
  hash_string (&state, api_url);
  crypto_generichash_final (&state, hash, sizeof (hash));
  sodium_memzero (&state, sizeof (state));
  return sodium_bin2hex (key, KEY_SIZE * 2 + 1, hash, sizeof (hash));
}

/* (transfer full): the living object of @key, or a new one. */
static GstDiscordGateway *
get_or_make_unlocked (const gchar *token, GstDiscordAccountType account_type,
    const gchar *gateway_url, const gchar *api_url, GTlsDatabase *tls_database)
{
  g_autofree gchar *key =
      make_key_unlocked (token, account_type, gateway_url, api_url);
  GWeakRef *ref = g_hash_table_lookup (table, key);
  GstDiscordGateway *self = ref != NULL ? g_weak_ref_get (ref) : NULL;

  if (self != NULL)
    return self;

  self = g_object_new (GST_TYPE_DISCORD_GATEWAY, "token", token, "account-type",
      account_type, "gateway-url", gateway_url, "api-url", api_url,
      "tls-database", tls_database, NULL);
  self->key = g_strdup (key);
  ref = g_new0 (GWeakRef, 1);
  g_weak_ref_init (ref, self);
  g_hash_table_replace (table, g_steal_pointer (&key), ref);
  return self;
}

/**
 * gst_discord_gateway_get:
 * @token: the token; "Bot " or "Bearer " in front is accepted
 * @account_type: what kind of token it is
 * @gateway_url: (nullable): the gateway, wss://, or ws:// on a loopback
 *     address; %NULL asks Discord's API
 * @api_url: (nullable): the REST API, %NULL for Discord's
 * @tls_database: (nullable): certificates to trust, %NULL for the system's
 * @error: return location for an error
 *
 * The one gateway of this process for these values, made when there is none.
 * It connects when a channel is joined. May be called from any thread.
 *
 * Returns: (transfer full): the gateway, or %NULL with
 *     %GST_DISCORD_ERROR_SETTINGS when a value cannot be used, or
 *     %GST_DISCORD_ERROR_CONFLICT when it exists with another @tls_database
 *
 * Since: 0.1
 */
GstDiscordGateway *
gst_discord_gateway_get (const gchar *token, GstDiscordAccountType account_type,
    const gchar *gateway_url, const gchar *api_url, GTlsDatabase *tls_database,
    GError **error)
{
  g_autoptr (GstDiscordGateway) self = NULL;
  gchar *bare;

  if (!discord_gateway_url_check (gateway_url, error)
      || !discord_api_url_check (api_url, error))
    return NULL;
  bare = discord_token_normalize (token, account_type, error);
  if (bare == NULL)
    return NULL;

  g_mutex_lock (&table_lock);
  if (init_table_unlocked ())
    self = get_or_make_unlocked (
        bare, account_type, gateway_url, api_url, tls_database);
  g_mutex_unlock (&table_lock);
  discord_token_free (bare);

  if (self == NULL) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED,
        "The system has no source of random numbers");
    return NULL;
  }
  if (!discord_tls_database_equal (self->tls_database, tls_database)) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT,
        "This account's gateway is in use with another TLS database");
    return NULL;
  }
  return g_steal_pointer (&self);
}

gboolean
gst_discord_gateway_is_insecure (GstDiscordGateway *self)
{
  return discord_gateway_url_is_insecure (self->gateway_url);
}

GTlsDatabase *
gst_discord_gateway_dup_tls_database (GstDiscordGateway *self)
{
  return self->tls_database != NULL ? g_object_ref (self->tls_database) : NULL;
}

static void
on_state (GstDiscordGateway *self, GstDiscordConnectionState state)
{
  g_mutex_lock (&self->lock);
  self->state = state;
  g_mutex_unlock (&self->lock);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static void
on_user_id (GstDiscordGateway *self, guint64 user_id)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->user_id != user_id;
  self->user_id = user_id;
  g_mutex_unlock (&self->lock);
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_USER_ID]);
}

static void
on_latency (GstDiscordGateway *self, gdouble seconds)
{
  g_mutex_lock (&self->lock);
  self->latency = seconds;
  g_mutex_unlock (&self->lock);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LATENCY]);
}

static void
gst_discord_gateway_update_voice_state_full (GstDiscordSignaller *signaller,
    guint64 guild_id, guint64 channel_id, gboolean self_mute,
    gboolean self_deaf, gboolean self_video)
{
  GstDiscordGateway *self = GST_DISCORD_GATEWAY (signaller);
  const DiscordVoiceStateUpdate update = {
    .guild_id = guild_id,
    .channel_id = channel_id,
    .self_mute = self_mute,
    .self_deaf = self_deaf,
    .self_video = self_video,
  };

  discord_gateway_core_update_voice_state (self->core, &update);
}

DiscordGatewayCore *
gst_discord_gateway_get_core (GstDiscordGateway *self)
{
  return self->core;
}

static void
gst_discord_gateway_signaller_init (GstDiscordSignallerInterface *iface)
{
  iface->update_voice_state_full = gst_discord_gateway_update_voice_state_full;
  gst_discord_gateway_init_streams (iface);
}

static void
gst_discord_gateway_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordGateway *self = GST_DISCORD_GATEWAY (object);

  switch (prop_id) {
    case PROP_ACCOUNT_TYPE:
      self->account_type = g_value_get_enum (value);
      break;
    case PROP_TOKEN:
      discord_token_free (self->token);
      self->token = g_value_dup_string (value);
      break;
    case PROP_GATEWAY_URL:
      g_free (self->gateway_url);
      self->gateway_url = g_value_dup_string (value);
      break;
    case PROP_API_URL:
      g_free (self->api_url);
      self->api_url = g_value_dup_string (value);
      break;
    case PROP_TLS_DATABASE:
      g_set_object (&self->tls_database, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_gateway_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordGateway *self = GST_DISCORD_GATEWAY (object);

  g_mutex_lock (&self->lock);
  switch (prop_id) {
    case PROP_ACCOUNT_TYPE:
      g_value_set_enum (value, self->account_type);
      break;
    case PROP_GATEWAY_URL:
      g_value_set_string (value, self->gateway_url);
      break;
    case PROP_API_URL:
      g_value_set_string (value, self->api_url);
      break;
    case PROP_TLS_DATABASE:
      g_value_set_object (value, self->tls_database);
      break;
    case PROP_USER_ID:
      g_value_set_uint64 (value, self->user_id);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_LATENCY:
      g_value_set_double (value, self->latency);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  g_mutex_unlock (&self->lock);
}

static void
gst_discord_gateway_constructed (GObject *object)
{
  static const DiscordGatewayCoreCallbacks callbacks = {
    on_state,
    on_user_id,
    on_latency,
  };
  GstDiscordGateway *self = GST_DISCORD_GATEWAY (object);
  GError *error = NULL;
  gchar *bare = NULL;

  G_OBJECT_CLASS (gst_discord_gateway_parent_class)->constructed (object);

  if (discord_gateway_url_check (self->gateway_url, &error)
      && discord_api_url_check (self->api_url, &error))
    bare = discord_token_normalize (self->token, self->account_type, &error);
  self->core = discord_gateway_core_new (self, self->account_type, bare,
      self->gateway_url, self->api_url, self->tls_database, error, &callbacks);
  discord_token_free (bare);
  g_clear_pointer (&self->token, discord_token_free);
}

static void
forget_in_table (GstDiscordGateway *self)
{
  GstDiscordGateway *newer = NULL;
  GWeakRef *ref;

  if (self->key == NULL)
    return;
  g_mutex_lock (&table_lock);
  ref = g_hash_table_lookup (table, self->key);
  if (ref != NULL) {
    newer = g_weak_ref_get (ref);
    if (newer == NULL)
      g_hash_table_remove (table, self->key);
  }
  g_mutex_unlock (&table_lock);
  g_clear_object (&newer);
  g_free (self->key);
}

static void
gst_discord_gateway_finalize (GObject *object)
{
  GstDiscordGateway *self = GST_DISCORD_GATEWAY (object);

  forget_in_table (self);
  discord_gateway_core_stop (self->core);
  g_free (self->gateway_url);
  g_free (self->api_url);
  g_clear_object (&self->tls_database);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_discord_gateway_parent_class)->finalize (object);
}

static void
install_settings (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * GstDiscordGateway:account-type:
   *
   * What kind of account the token belongs to.
   *
   * Since: 0.1
   */
  props[PROP_ACCOUNT_TYPE] = g_param_spec_enum ("account-type", "Account type",
      "What kind of account the token belongs to",
      GST_TYPE_DISCORD_ACCOUNT_TYPE, GST_DISCORD_ACCOUNT_TYPE_BOT,
      flags | G_PARAM_READWRITE);

  /**
   * GstDiscordGateway:token:
   *
   * The account's token. Cannot be read back.
   *
   * Since: 0.1
   */
  props[PROP_TOKEN] = g_param_spec_string (
      "token", "Token", "The account's token", NULL, flags | G_PARAM_WRITABLE);

  /**
   * GstDiscordGateway:gateway-url:
   *
   * The gateway's URL, %NULL to ask Discord's API for it.
   *
   * Since: 0.1
   */
  props[PROP_GATEWAY_URL] = g_param_spec_string ("gateway-url", "Gateway URL",
      "URL of the main gateway (NULL = ask the API)", NULL,
      flags | G_PARAM_READWRITE);

  /**
   * GstDiscordGateway:api-url:
   *
   * The REST API's URL, %NULL for Discord's, or that of a stand-in whose
   * gateway-url is ws://.
   *
   * Since: 0.1
   */
  props[PROP_API_URL] = g_param_spec_string ("api-url", "API URL",
      "URL of the REST API (NULL = Discord's)", NULL,
      flags | G_PARAM_READWRITE);

  /**
   * GstDiscordGateway:tls-database:
   *
   * Certificates to trust, %NULL for the system's.
   *
   * Since: 0.1
   */
  props[PROP_TLS_DATABASE] = g_param_spec_object ("tls-database",
      "TLS database", "Certificates to trust (NULL = the system's)",
      G_TYPE_TLS_DATABASE, flags | G_PARAM_READWRITE);
}

static void
gst_discord_gateway_class_init (GstDiscordGatewayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = gst_discord_gateway_set_property;
  object_class->get_property = gst_discord_gateway_get_property;
  object_class->constructed = gst_discord_gateway_constructed;
  object_class->finalize = gst_discord_gateway_finalize;

  install_settings (object_class);

  /**
   * GstDiscordGateway:user-id:
   *
   * Our own user, 0 before the first session.
   *
   * Since: 0.1
   */
  props[PROP_USER_ID] = g_param_spec_uint64 ("user-id", "User id",
      "Our own user (0 = not known yet)", 0, G_MAXUINT64, 0, flags);

  /**
   * GstDiscordGateway:state:
   *
   * Idle, opening, identifying, connected, resuming, waiting for the next
   * attempt, or failed.
   *
   * Since: 0.1
   */
  props[PROP_STATE] = g_param_spec_enum ("state", "State",
      "Where the gateway connection stands", GST_TYPE_DISCORD_CONNECTION_STATE,
      GST_DISCORD_CONNECTION_STATE_IDLE, flags);

  /**
   * GstDiscordGateway:latency:
   *
   * Round trip of the last answered heartbeat in seconds, infinite before.
   *
   * Since: 0.1
   */
  props[PROP_LATENCY] = g_param_spec_double ("latency", "Latency",
      "Round trip of the last heartbeat in seconds (infinite = none yet)", 0,
      INFINITY, INFINITY, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gst_discord_gateway_init (GstDiscordGateway *self)
{
  g_mutex_init (&self->lock);
  self->latency = INFINITY;
}
