/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told when an element of another plugin is not installed. */
#include <gst/check/gstcheck.h>
#include <gst/pbutils/pbutils.h>

static GstBus *bus;

static GstElement *
make (const gchar *factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  fail_unless (element != NULL);
  bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  return element;
}

static void
finish (GstElement *element)
{
  gst_element_set_bus (element, NULL);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_clear_object (&bus);
  gst_object_unref (element);
}

/* (transfer full): the feature, to be installed again. */
static GstPluginFeature *
uninstall (const gchar *factory)
{
  GstPluginFeature *feature =
      gst_registry_lookup_feature (gst_registry_get (), factory);

  fail_unless (feature != NULL);
  gst_registry_remove_feature (gst_registry_get (), feature);
  return feature;
}

static void
install (GstPluginFeature *feature)
{
  gst_registry_add_feature (gst_registry_get (), feature);
  gst_object_unref (feature);
}

/* The message that says what could be installed, and the error. */
static void
expect_missing (const gchar *factory, GQuark domain, gint code)
{
  g_autoptr (GstMessage) missing =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_autoptr (GstMessage) failed = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_autofree gchar *detail = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless (missing != NULL);
  fail_unless (gst_is_missing_plugin_message (missing));
  detail = gst_missing_plugin_message_get_installer_detail (missing);
  fail_unless (strstr (detail, "|element-") != NULL, "%s", detail);
  fail_unless (g_str_has_suffix (detail, factory), "%s", detail);
  fail_unless (failed != NULL);
  gst_message_parse_error (failed, &error, NULL);
  fail_unless (g_error_matches (error, domain, code), "%s", error->message);
  fail_unless (strstr (error->message, factory) != NULL, "%s", error->message);
}

/* Pads that need another element to be of use. */
static const struct
{
  const gchar *element;
  const gchar *pad;
  const gchar *missing;
} pads[] = {
  { "discordvoicesink", "audio", "discordrtpopuspay" },
  { "discordvoicesink", "video", "discordrtpvideopay" },
  { "discordvoicesrc", "mix", "audiomixer" },
  { "discordvoicesrc", "mix", "opusdec" },
};

GST_START_TEST (test_pad)
{
  GstElement *element = make (pads[__i__].element);
  GstPluginFeature *feature = uninstall (pads[__i__].missing);
  GstPad *pad;

  fail_unless (
      gst_element_request_pad_simple (element, pads[__i__].pad) == NULL);
  expect_missing (
      pads[__i__].missing, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);

  install (feature);
  pad = gst_element_request_pad_simple (element, pads[__i__].pad);
  fail_unless (pad != NULL);
  gst_element_release_request_pad (element, pad);
  gst_object_unref (pad);
  finish (element);
}
GST_END_TEST;

/* Only raw audio needs the encoder. */
GST_START_TEST (test_encoder)
{
  GstElement *sink = make ("discordvoicesink");
  GstPad *pad = gst_element_request_pad_simple (sink, "audio");
  GstPad *target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  GstPluginFeature *feature = uninstall ("opusenc");
  g_autoptr (GstCaps) raw = gst_caps_from_string (
      "audio/x-raw, format=S16LE, rate=48000, channels=2, layout=interleaved");

  /* As in PAUSED, without having joined anything for it. */
  gst_pad_set_active (target, TRUE);
  gst_pad_send_event (pad, gst_event_new_stream_start ("raw"));
  gst_pad_send_event (pad, gst_event_new_caps (raw));
  expect_missing (
      "opusenc", GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND);

  install (feature);
  gst_pad_set_active (target, FALSE);
  gst_object_unref (target);
  gst_element_release_request_pad (sink, pad);
  gst_object_unref (pad);
  finish (sink);
}
GST_END_TEST;

GST_START_TEST (test_rtpbin)
{
  GstPluginFeature *feature = uninstall ("rtpbin");
  GstElement *bin = make ("discordrtpbin");

  install (feature);
  fail_unless_equals_int (
      gst_element_set_state (bin, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  expect_missing ("rtpbin", GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
  finish (bin);
}
GST_END_TEST;

static Suite *
missing_element_suite (void)
{
  Suite *suite = suite_create ("missingelement");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_pad, 0, G_N_ELEMENTS (pads));
  tcase_add_test (tc, test_encoder);
  tcase_add_test (tc, test_rtpbin);
  return suite;
}

GST_CHECK_MAIN (missing_element);
