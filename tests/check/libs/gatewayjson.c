/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON from hostile peers. */
#include <gst/check/gstcheck.h>
#include <gst/discord/signalling/json.h>
#include <string.h>

static JsonObject *
parse (const gchar *text)
{
  return discord_json_parse_object (text, strlen (text));
}

GST_START_TEST (test_refused)
{
  static const gchar *const texts[] = {
    "",
    " ",
    "null",
    "1",
    "\"x\"",
    "[]",
    "{",
    "}",
    "{]",
    "[}",
    "{}}",
    "{}{}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":tru}",
    "{\"a\":True}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":0x10}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\u12g4\"}",
    /* Lone or swapped surrogates: json-glib asserts on them. */
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\ud800\\n\"}",
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\ud800\\ud800\"}",
    "{\"a\":\"\\udc00\\ud800\"}",
    /* Extensions of json-glib's that could hide nesting from a scan. */
    "/*\"*/{\"a\":1}/*\"*/",
    "{\"a\":1}//x",
    "var x = {\"a\":1};",
    "\xff{}",
    "{\"a\":\"\xc3\x28\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    fail_unless (parse (texts[i]) == NULL, "%s was taken", texts[i]);
  fail_unless (discord_json_parse_object ("{}\0", 3) == NULL);
}

GST_END_TEST

GST_START_TEST (test_taken)
{
  g_autoptr (JsonObject) object =
      parse (" {\"a\":\"\\ud83d\\ude00\\u00e9\\\\\\\"\\/\\b\\f\\n\\r\\t\",\n"
             "\"b\":[1,-2.5e3,true,false,null,{}],\"b\":[],\"{[\":\"]}\"}\r\n");
  const gchar *text;
  JsonArray *array;

  fail_unless (object != NULL);
  fail_unless (discord_json_get_string (object, "a", &text));
  fail_unless_equals_string (text, "\xf0\x9f\x98\x80\xc3\xa9\\\"/\b\f\n\r\t");
  fail_unless (discord_json_get_array (object, "b", &array));
  fail_unless_equals_int (json_array_get_length (array), 0);
  fail_unless (discord_json_get_string (object, "{[", &text));
}

GST_END_TEST

/* Deep enough to overflow a recursive parser's stack. */
GST_START_TEST (test_depth)
{
  static const guint depths[] = { 63, 64, 1000000 };

  for (guint i = 0; i < G_N_ELEMENTS (depths); i++) {
    g_autoptr (GString) text = g_string_new ("{\"a\":");
    g_autoptr (JsonObject) object = NULL;

    for (guint n = 0; n < depths[i]; n++)
      g_string_append_c (text, '[');
    for (guint n = 0; n < depths[i]; n++)
      g_string_append_c (text, ']');
    g_string_append_c (text, '}');
    object = discord_json_parse_object (text->str, text->len);
    /* 64 with the object around it. */
    fail_unless ((object != NULL) == (depths[i] == 63));
  }
}

GST_END_TEST

GST_START_TEST (test_numbers)
{
  static const struct
  {
    const gchar *text;
    gboolean ok;
    gint64 value;
  } cases[] = {
    { "{\"n\":0}", TRUE, 0 },
    { "{\"n\":4294967295}", TRUE, 4294967295 },
    { "{\"n\":4294967296}", FALSE, 0 },
    { "{\"n\":-1}", FALSE, 0 },
    { "{\"n\":41250.0}", TRUE, 41250 },
    { "{\"n\":4.125e4}", TRUE, 41250 },
    { "{\"n\":41250.5}", FALSE, 0 },
    { "{\"n\":1e300}", FALSE, 0 },
    { "{\"n\":-1e300}", FALSE, 0 },
    { "{\"n\":1e999}", FALSE, 0 },
    { "{\"n\":\"5\"}", FALSE, 0 },
    { "{\"n\":true}", FALSE, 0 },
    { "{\"n\":null}", FALSE, 0 },
    { "{\"n\":[5]}", FALSE, 0 },
    { "{\"n\":{}}", FALSE, 0 },
    { "{}", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (JsonObject) object = parse (cases[i].text);
    guint32 value = 77;

    fail_unless (object != NULL, "%s", cases[i].text);
    fail_unless (discord_json_get_u32 (object, "n", &value) == cases[i].ok,
        "%s", cases[i].text);
    fail_unless_equals_int64 (value, cases[i].ok ? cases[i].value : 77);
  }
}

GST_END_TEST

GST_START_TEST (test_intervals)
{
  static const struct
  {
    const gchar *text;
    guint ms; /* 0: refused */
  } cases[] = {
    { "{\"n\":41250}", 41250 },
    { "{\"n\":41250.5}", 41250 },
    { "{\"n\":13750.25}", 13750 },
    { "{\"n\":1}", 1 },
    { "{\"n\":2147483647}", 2147483647 },
    { "{\"n\":2147483648}", 0 },
    { "{\"n\":0}", 0 },
    { "{\"n\":0.9}", 0 },
    { "{\"n\":-41250}", 0 },
    { "{\"n\":1e999}", 0 },
    { "{\"n\":\"41250\"}", 0 },
    { "{\"n\":null}", 0 },
    { "{}", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (JsonObject) object = parse (cases[i].text);
    guint ms = 0;

    fail_unless (
        discord_json_get_interval (object, "n", &ms) == (cases[i].ms != 0),
        "%s", cases[i].text);
    fail_unless_equals_int (ms, cases[i].ms);
  }
}

GST_END_TEST

GST_START_TEST (test_limits_of_other_readers)
{
  g_autoptr (JsonObject) object =
      parse ("{\"a\":65535,\"b\":65536,\"t\":true,\"n\":null,\"s\":\"x\"}");
  guint16 u16;
  guint32 u32 = 77;
  gint64 number;
  gboolean flag;
  const gchar *text = "before";
  guint64 id = 77;
  JsonObject *child;

  fail_unless (discord_json_get_u16 (object, "a", &u16) && u16 == 65535);
  fail_if (discord_json_get_u16 (object, "b", &u16));
  fail_unless (discord_json_get_int (object, "a", 65535, 65535, &number));
  fail_if (discord_json_get_int (object, "a", 65536, G_MAXINT64, &number));
  fail_unless (discord_json_get_bool (object, "t", &flag) && flag);
  fail_if (discord_json_get_bool (object, "a", &flag));
  fail_if (discord_json_get_bool (object, "n", &flag));
  fail_if (discord_json_get_object (object, "t", &child));

  fail_unless (discord_json_has (object, "t"));
  fail_if (discord_json_has (object, "n"));
  fail_if (discord_json_has (object, "x"));
  fail_unless (discord_json_get_optional_string (object, "n", &text));
  fail_unless (text == NULL);
  fail_unless (discord_json_get_optional_string (object, "x", &text));
  fail_if (discord_json_get_optional_string (object, "a", &text));
  fail_unless (discord_json_get_optional_u32 (object, "n", &u32) && u32 == 0);
  fail_if (discord_json_get_optional_u32 (object, "s", &u32));
  fail_unless (discord_json_get_optional_snowflake (object, "n", &id));
  fail_unless_equals_uint64 (id, 0);
  fail_unless (discord_json_get_optional_snowflake (object, "a", &id));
  fail_unless_equals_uint64 (id, 65535);
  fail_if (discord_json_get_optional_snowflake (object, "s", &id));
}

GST_END_TEST

GST_START_TEST (test_snowflakes)
{
  static const struct
  {
    const gchar *text;
    guint64 value; /* 0: refused */
  } cases[] = {
    { "1", 1 },
    { "9007199254740993", G_GUINT64_CONSTANT (9007199254740993) },
    { "18446744073709551615", G_MAXUINT64 },
    { "00000000000000000012", 12 },
    { "18446744073709551616", 0 },
    { "99999999999999999999", 0 },
    { "000000000000000000012", 0 },
    { "0", 0 },
    { "", 0 },
    { "-1", 0 },
    { "+1", 0 },
    { " 1", 0 },
    { "1 ", 0 },
    { "1a", 0 },
    { "0x1", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 value = 0;

    fail_unless (discord_json_parse_snowflake (cases[i].text, &value)
            == (cases[i].value != 0),
        "%s", cases[i].text);
    fail_unless_equals_uint64 (value, cases[i].value);
  }
}

GST_END_TEST

/* Numbers are ids as long as they have all digits. */
GST_START_TEST (test_snowflakes_as_numbers)
{
  g_autoptr (JsonObject) object =
      parse ("{\"id\":9007199254740993,\"most\":9223372036854775807,"
             "\"none\":0,\"less\":-1,\"real\":5.0,\"power\":9e15}");
  guint64 id;

  fail_unless (discord_json_get_snowflake (object, "id", &id));
  fail_unless_equals_uint64 (id, G_GUINT64_CONSTANT (9007199254740993));
  fail_unless (discord_json_get_snowflake (object, "most", &id));
  fail_unless_equals_uint64 (id, G_MAXINT64);
  fail_if (discord_json_get_snowflake (object, "none", &id));
  fail_if (discord_json_get_snowflake (object, "less", &id));
  fail_if (discord_json_get_snowflake (object, "real", &id));
  fail_if (discord_json_get_snowflake (object, "power", &id));
}

GST_END_TEST

/* What is written can be read back. */
GST_START_TEST (test_writing)
{
  static const gchar text[] = "\"\\/\b\f\n\r\t\001\037\177\xc3\xa9";
  GString *json = discord_json_new_secret ();
  g_autoptr (JsonObject) object = NULL;
  const gchar *read;
  guint64 id;

  g_string_append (json, "{\"a\":");
  discord_json_append_string (json, text);
  g_string_append (json, ",\"b\":");
  discord_json_append_snowflake (json, G_MAXUINT64);
  g_string_append (json, ",\"c\":");
  discord_json_append_snowflake (json, 0);
  g_string_append_c (json, '}');
  object = discord_json_parse_object (json->str, json->len);
  fail_unless (object != NULL);
  fail_unless (discord_json_get_string (object, "a", &read));
  fail_unless_equals_string (read, text);
  fail_unless (discord_json_get_snowflake (object, "b", &id));
  fail_unless_equals_uint64 (id, G_MAXUINT64);
  fail_unless (json_object_get_null_member (object, "c"));
  discord_json_free_secret (json);
}

GST_END_TEST

static Suite *
gatewayjson_suite (void)
{
  Suite *s = suite_create ("gatewayjson");
  TCase *tc = tcase_create ("json");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_taken);
  tcase_add_test (tc, test_depth);
  tcase_add_test (tc, test_numbers);
  tcase_add_test (tc, test_intervals);
  tcase_add_test (tc, test_limits_of_other_readers);
  tcase_add_test (tc, test_snowflakes);
  tcase_add_test (tc, test_snowflakes_as_numbers);
  tcase_add_test (tc, test_writing);
  return s;
}

GST_CHECK_MAIN (gatewayjson);
