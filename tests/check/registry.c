/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs before all other tests, so that they find a registry that is complete:
 * one that has to look into plugins first behaves a little differently. */

#include <gst/check/gstcheck.h>

static const gchar *const plugins[] = { "discordrtp", "discordvoice" };

GST_START_TEST (test_plugins_are_of_this_build)
{
  g_autoptr (GstPlugin) plugin =
      gst_registry_find_plugin (gst_registry_get (), plugins[__i__]);

  fail_if (plugin == NULL, "no plugin %s", plugins[__i__]);
  fail_unless (g_str_has_prefix (gst_plugin_get_filename (plugin), BUILD_ROOT),
      "%s is not of this build", gst_plugin_get_filename (plugin));
  assert_equals_string (gst_plugin_get_license (plugin), "LGPL");
}
GST_END_TEST;

GST_START_TEST (test_elements_can_be_made)
{
  GList *features = gst_registry_get_feature_list_by_plugin (
      gst_registry_get (), plugins[__i__]);

  fail_if (features == NULL, "%s registers nothing", plugins[__i__]);
  for (GList *f = features; f != NULL; f = f->next) {
    GstElement *element =
        gst_element_factory_make (GST_OBJECT_NAME (f->data), NULL);

    fail_if (element == NULL, "no %s", GST_OBJECT_NAME (f->data));
    gst_object_unref (element);
  }
  gst_plugin_feature_list_free (features);
}
GST_END_TEST;

static Suite *
registry_suite (void)
{
  Suite *s = suite_create ("registry");
  TCase *tc = tcase_create ("registry");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (
      tc, test_plugins_are_of_this_build, 0, G_N_ELEMENTS (plugins));
  tcase_add_loop_test (
      tc, test_elements_can_be_made, 0, G_N_ELEMENTS (plugins));
  return s;
}

GST_CHECK_MAIN (registry);
