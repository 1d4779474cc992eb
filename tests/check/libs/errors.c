/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Close codes, the reaction to each, and the message each ends in. */
#include <gio/gio.h>
#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscorderror-private.h>

typedef struct
{
  guint16 code;
  DiscordReaction reaction;
  GstResourceError bus;
} Expectation;

/* Voice gateway section 4, craft table of bus errors. */
static const Expectation voice_codes[] = {
  { 0, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 1000, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 1006, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 3999, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4001, DISCORD_REACTION_REJOIN_ONCE, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4002, DISCORD_REACTION_REJOIN_ONCE, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4003, DISCORD_REACTION_REJOIN_ONCE, GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { 4004, DISCORD_REACTION_REJOIN_ONCE, GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { 4005, DISCORD_REACTION_REJOIN_ONCE, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4006, DISCORD_REACTION_REJOIN, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4009, DISCORD_REACTION_REJOIN, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4011, DISCORD_REACTION_REJOIN, GST_RESOURCE_ERROR_NOT_FOUND },
  { 4012, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_SETTINGS },
  { 4013, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4014, DISCORD_REACTION_WAIT, GST_RESOURCE_ERROR_READ },
  { 4015, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4016, DISCORD_REACTION_REJOIN_XCHACHA, GST_RESOURCE_ERROR_SETTINGS },
  { 4017, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_SETTINGS },
  { 4020, DISCORD_REACTION_REJOIN_ONCE, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4021, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_BUSY },
  { 4022, DISCORD_REACTION_WAIT, GST_RESOURCE_ERROR_READ },
  { 4999, DISCORD_REACTION_REJOIN, GST_RESOURCE_ERROR_FAILED },
};

/* Voice gateway 1.5. */
static const Expectation main_codes[] = {
  { 0, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 1006, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4000, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4001, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4002, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4003, DISCORD_REACTION_REJOIN, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4004, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { 4005, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4007, DISCORD_REACTION_REJOIN, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4008, DISCORD_REACTION_RESUME, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4009, DISCORD_REACTION_REJOIN, GST_RESOURCE_ERROR_OPEN_READ_WRITE },
  { 4010, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_SETTINGS },
  { 4011, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_SETTINGS },
  { 4012, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_SETTINGS },
  { 4013, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { 4014, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { 4015, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_BUSY },
  { 4016, DISCORD_REACTION_GIVE_UP, GST_RESOURCE_ERROR_BUSY },
};

/* Posts from a bin, as our elements do, and looks at what arrives. */
static void
check_bus_error (GError *error, gboolean sink, guint16 code, gint bus_code)
{
  GstElement *bin = gst_bin_new ("poster");
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *posted = NULL;
  const GstStructure *details = NULL;
  guint close_code = 0;

  if (sink)
    GST_OBJECT_FLAG_SET (bin, GST_ELEMENT_FLAG_SINK);
  gst_element_set_bus (bin, bus);
  gst_discord_error_post (bin, error);

  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &posted, NULL);
  gst_message_parse_error_details (message, &details);
  fail_unless (posted->domain == GST_RESOURCE_ERROR);
  fail_unless_equals_int (posted->code, bus_code);
  fail_unless (gst_structure_has_field (details, "retryable"));
  gst_structure_get_uint (details, "close-code", &close_code);
  fail_unless_equals_int (close_code, code);

  g_error_free (posted);
  gst_message_unref (message);
  gst_element_set_bus (bin, NULL);
  gst_object_unref (bus);
  gst_object_unref (bin);
}

static void
check_row (const Expectation *expected, const DiscordCloseCode *row)
{
  GError *error =
      gst_discord_error_new_closed (row, expected->code, "over \xff here");
  GError *copy = g_error_copy (error);

  fail_unless_equals_int (row->reaction, expected->reaction);
  fail_unless (g_error_matches (error, GST_DISCORD_ERROR, row->error));
  fail_unless (g_utf8_validate (error->message, -1, NULL));
  fail_unless_equals_int (
      gst_discord_error_get_close_code (copy), expected->code);
  check_bus_error (copy, FALSE, expected->code, expected->bus);
  g_error_free (copy);
  g_error_free (error);
}

GST_START_TEST (test_voice_close_code)
{
  const Expectation *expected = &voice_codes[__i__];

  check_row (expected, gst_discord_voice_close_code (expected->code));
}

GST_END_TEST;

GST_START_TEST (test_main_close_code)
{
  const Expectation *expected = &main_codes[__i__];

  check_row (expected, gst_discord_main_close_code (expected->code));
}

GST_END_TEST;

GST_START_TEST (test_sink_writes)
{
  GError *error = gst_discord_error_new_closed (
      gst_discord_voice_close_code (4014), 4014, NULL);

  check_bus_error (error, TRUE, 4014, GST_RESOURCE_ERROR_WRITE);
  g_error_free (error);
}

GST_END_TEST;

GST_START_TEST (test_foreign_error)
{
  GError *error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "no");

  fail_unless_equals_int (gst_discord_error_get_close_code (error), 0);
  check_bus_error (error, FALSE, 0, GST_RESOURCE_ERROR_OPEN_READ_WRITE);
  g_error_free (error);
}

GST_END_TEST;

static Suite *
errors_suite (void)
{
  Suite *s = suite_create ("errors");
  TCase *tc = tcase_create ("tables");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (
      tc, test_voice_close_code, 0, G_N_ELEMENTS (voice_codes));
  tcase_add_loop_test (tc, test_main_close_code, 0, G_N_ELEMENTS (main_codes));
  tcase_add_test (tc, test_sink_writes);
  tcase_add_test (tc, test_foreign_error);
  return s;
}

GST_CHECK_MAIN (errors);
