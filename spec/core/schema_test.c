/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "chat/request/schema.h"
#include "chatabi.h"

/* ' stands for ". Converted for Vertex AI ('V') or the Gemini API ('G'); `out` NULL: unchanged, byte by byte. */
typedef struct row {
  const char *in, *out;
} row;

static char *quotes(const char *text) {
  char *copy = strdup(text);
  for (char *at = copy; at && (at = strchr(at, '\'')) != NULL;) *at = '"';
  return copy;
}

static int convert(const char *in, bool vertex, cai_buf *out, cai_err *err) {
  cai_err_clear(err);
  cai_buf_init(out, 100 * 1000 * 1000);
  return cai_schema_convert(cai_span_of(in), vertex, "tools[0]", out, err);
}

static void check(const row *one, bool vertex) {
  cai_buf out, again;
  cai_err err;
  char *in = quotes(one->in), *want = quotes(one->out ? one->out : one->in);
  if (convert(in, vertex, &out, &err)) fail_msg("%s: %s", in, err.message);
  if (strcmp(out.data, want) != 0) fail_msg("%s:\n%s, not\n%s", in, out.data, want);
  assert_int_equal(convert(out.data, vertex, &again, &err), 0);
  if (strcmp(out.data, again.data) != 0) fail_msg("%s: the second time %s", out.data, again.data);
  cai_buf_fini(&again);
  cai_buf_fini(&out);
  free(want);
  free(in);
}

static void check_all(const row *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    check(&rows[i], false);
    check(&rows[i], true);
  }
}

#define CHECK(rows) check_all(rows, sizeof(rows) / sizeof *(rows))
#define S "{'type':'string'}"
#define I "{'type':'integer'}"

static void test_what_google_knows_stays_byte_by_byte(void **state) {
  (void)state;
  static const row rows[] = {
      {"{ 'type' : 'object',\n 'properties': {'b': {'type':'integer', 'format':'int64', 'minimum': 1.0e2 },'a':" S "},"
       "'required':['b'], 'propertyOrdering': ['b','a'], 'title':'T' }",
       NULL},
      {"{'type':'ARRAY','items':" S
       ",'minItems':1,'maxItems':12345678901234567890,'nullable':false,'description':'\\u00e4'}",
       NULL},
      {"{'type':'string','enum':['a','b'],'pattern':'^a','minLength':1,'default':{'x':[1]},'example':3}", NULL},
      {"{ 'anyOf' : [ " S ", " I " ] }", NULL},
      {"{}", NULL},
  };
  CHECK(rows);
}

static void test_what_google_has_no_field_for_is_left_out(void **state) {
  (void)state;
  static const row rows[] = {
      {"{'$schema':'x','$id':'y','$comment':'z','type':'object','properties':{'$schema':" S "},'patternProperties':{},"
       "'unevaluatedProperties':false,'dependentRequired':{},'propertyNames':" S ",'examples':[1],'strict':true}",
       "{'type':'object','properties':{'$schema':" S "}}"},
      {"{'type':'array','items':" S ",'uniqueItems':true,'contains':" S "}", "{'type':'array','items':" S "}"},
      {"{'type':'integer','multipleOf':2,'not':{},'if':{},'then':{},'else':{},'readOnly':true,'deprecated':true}", I},
      {"{'type':'string','format':'email'}", S},
      {"{'type':'string','format':'date-time'}", NULL},
      {"{'type':'string','minimum':1,'properties':{}}", S},
      {"{'type':'object','properties':{'a':true,'b':false,'c':7},'required':['a','b','x','a']}",
       "{'type':'object','properties':{'a':{},'c':{}},'required':['a']}"},
      {"{'type':'object','required':['x']}", "{'type':'object'}"},
      {"{'type':'object','properties':{'\\u00e4':" S ",'b/':" S "},'required':['\xC3\xA4','b\\/']}", NULL},
      {"{'type':'object','properties':{'a':" S "},'required':['a','\\u0061']}",
       "{'type':'object','properties':{'a':" S "},'required':['a']}"},
  };
  CHECK(rows);
}

static void test_additional_properties_are_vertex_ais_alone(void **state) {
  (void)state;
  static const row rows[] = {
      {"{'type':'object','additionalProperties':{'const':'a','x':1}}",
       "{'type':'object','additionalProperties':{'type':'string','enum':['a']}}"},
      {"{'type':'object','additionalProperties':false}", NULL},
      {"{'type':'object','additionalProperties':7}", "{'type':'object'}"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    row gemini = {rows[i].in, "{'type':'object'}"};
    check(&rows[i], true);
    check(&gemini, false);
  }
}

static void test_types(void **state) {
  (void)state;
  static const row rows[] = {
      {"{'type':['string','null'],'maxLength':3}", "{'type':'string','maxLength':3,'nullable':true}"},
      {"{'type':['string']}", S},
      {"{'type':['null'],'title':'t'}", "{'title':'t','nullable':true}"},
      {"{'type':'null'}", "{'nullable':true}"},
      {"{'type':['string','array','null'],'items':" I ",'description':'d','pattern':'p'}",
       "{'anyOf':[{'type':'string','description':'d','pattern':'p','nullable':true},"
       "{'type':'array','items':" I ",'description':'d','nullable':true}]}"},
      {"{'properties':{'a':" S "}}", "{'type':'object','properties':{'a':" S "}}"},
      {"{'items':" S "}", "{'type':'array','items':" S "}"},
      {"{'enum':['a']}", "{'type':'string','enum':['a']}"},
      {"{'type':'array'}", "{'type':'array','items':" S "}"},
      {"{'type':'array','items':{}}", "{'type':'array','items':" S "}"},
      {"{'type':'array','items':true}", "{'type':'array','items':" S "}"},
      {"{'type':'array','prefixItems':[" S "," I "],'items':false}",
       "{'type':'array','items':{'anyOf':[" S "," I "]}}"},
      {"{'prefixItems':[" I "]}", "{'type':'array','items':" I "}"},
      {"{'type':'array','items':[]}", "{'type':'array','items':" S "}"},
      {"{'type':'array','items':[" S ",{'type':'null'}]}",
       "{'type':'array','items':{'type':'string','nullable':true}}"},
      {"{'type':7,'title':[]}", "{'title':[]}"},
  };
  CHECK(rows);
}

static void test_values(void **state) {
  (void)state;
  static const row rows[] = {
      {"{'const':'a'}", "{'type':'string','enum':['a']}"},
      {"{'const':1}", "{'type':'integer','description':'One of: 1.'}"},
      {"{'enum':[1,2.5],'description':'How many.'}", "{'type':'number','description':'How many. One of: 1, 2.5.'}"},
      {"{'type':'string','enum':['a',null,'']}", "{'type':'string','enum':['a'],'nullable':true}"},
      {"{'enum':['a',1,{'b':'c'}]}", "{'description':'One of: \\'a\\', 1, {\\'b\\':\\'c\\'}.'}"},
      {"{'type':'integer','enum':['1']}", "{'type':'integer','description':'One of: \\'1\\'.'}"},
      {"{'enum':[true,false]}", "{'type':'boolean','description':'One of: true, false.'}"},
      {"{'type':'string','enum':['']}", S},
      {"{'const':null}", "{'nullable':true}"},
      {"{'type':'integer','exclusiveMinimum':0,'exclusiveMaximum':10}", "{'type':'integer','minimum':1,'maximum':9}"},
      {"{'type':'integer','exclusiveMinimum':5,'minimum':3}", "{'type':'integer','minimum':6}"},
      {"{'type':'integer','exclusiveMinimum':1,'minimum':3}", "{'type':'integer','minimum':3}"},
      {"{'type':'number','exclusiveMinimum':0.5}", "{'type':'number','minimum':0.5}"},
      {"{'type':'number','exclusiveMinimum':true,'minimum':1}", "{'type':'number','minimum':1}"},
      {"{'type':'integer','exclusiveMaximum':9223372036854775807}", "{'type':'integer','maximum':9223372036854775807}"},
  };
  CHECK(rows);
}

static void test_combinations(void **state) {
  (void)state;
  static const row rows[] = {
      {"{'anyOf':[" S ",{'type':'null'}],'description':'d'}", "{'description':'d','type':'string','nullable':true}"},
      {"{'oneOf':[" S "," I ",{'const':null}],'title':'t'}",
       "{'anyOf':[{'type':'string','title':'t','nullable':true},{'type':'integer','title':'t','nullable':true}]}"},
      {"{'anyOf':[" S ",{'enum':[ null ]}]}", "{'type':'string','nullable':true}"},
      {"{'anyOf':[" S ",{'type':[ 'null' ]}]}", "{'type':'string','nullable':true}"},
      {"{'anyOf':[" S "]}", S},
      {"{'anyOf':[]}", "{}"},
      {"{'anyOf':[false," S "]}", S},
      {"{'type':'object','properties':{'a':" S ",'b':" S "},'anyOf':[{'required':['a']},{'required':['b']}]}",
       "{'type':'object','properties':{'a':" S ",'b':" S "}}"},
      {"{'type':'object','properties':{'a':" S "},'oneOf':[{'required':['a']},{'not':{'required':['a']}}]}",
       "{'type':'object','properties':{'a':" S "}}"},
      {"{'properties':{'a':" S "},'anyOf':[{'required':['a']},{'title':'t'}]}",
       "{'anyOf':[{'type':'object','required':['a'],'properties':{'a':" S "}},"
       "{'type':'object','title':'t','properties':{'a':" S "}}]}"},
      {"{'allOf':[{'properties':{'a':" S "},'required':['a']},{'properties':{'b':" I ",'a':" I
       "},'required':['b','a']}]}",
       "{'type':'object','properties':{'a':" S ",'b':" I "},'required':['a','b']}"},
      {"{'description':'mine','allOf':[{'description':'other','type':'string'}]}",
       "{'description':'mine','type':'string'}"},
      {"{'anyOf':[{'anyOf':[" S "," I "]},{'type':['boolean','number']}]}",
       "{'anyOf':[{'anyOf':[" S "," I "]},{'anyOf':[{'type':'boolean'},{'type':'number'}]}]}"},
  };
  CHECK(rows);
}

static void test_references(void **state) {
  (void)state;
  static const row rows[] = {
      {"{'properties':{'a':{'$ref':'#/$defs/N'},'b':{'$ref':'#/$defs/N','description':'mine'}},"
       "'$defs':{'N':{'type':'integer','description':'theirs'}}}",
       "{'type':'object','properties':{'a':{'type':'integer','description':'theirs'},"
       "'b':{'description':'mine','type':'integer'}}}"},
      {"{'properties':{'a':{'$ref':'#/definitions/x~1y%20~0/items/1'}},'definitions':{'x/y ~':{'items':[1," S "]}}}",
       "{'type':'object','properties':{'a':" S "}}"},
      {"{'$ref':'#/$defs/A','$defs':{'A':{'$ref':'#/$defs/B'},'B':" S "}}", S},
      {"{'items':{'anyOf':[{'$ref':'#/$defs/A'},{'type':'null'}]},'$defs':{'A':" S "}}",
       "{'type':'array','items':{'type':'string','nullable':true}}"},
  };
  CHECK(rows);
}

/* ---- what cannot be written out ---- */

static void refuse(const char *text, const char *want) {
  cai_buf out;
  cai_err err;
  char *in = quotes(text);
  assert_int_equal(convert(in, true, &out, &err), CHATABI_E_BODY);
  if (!strstr(err.message, want)) fail_msg("%s: %s", in, err.message);
  cai_buf_fini(&out);
  free(in);
}

static void test_recursion_is_refused_with_its_place(void **state) {
  (void)state;
  refuse("{'$ref':'#'}", "tools[0] contains itself");
  refuse("{'properties':{'next':{'$ref':'#'}}}", "tools[0].next contains itself");
  refuse("{'$ref':'#/$defs/A','$defs':{'A':{'$ref':'#/$defs/B'},'B':{'$ref':'#/$defs/A'}}}", "contains itself");
  refuse(
      "{'properties':{'a':{'$ref':'#/$defs/N'}},'$defs':{'N':{'properties':{'kids':{'items':{'$ref':'#/$defs/N'}}}}}}",
      "tools[0].a.kids[] contains itself");
  refuse("{'properties':{'a\\n':{'allOf':[{'$ref':'#/properties/a\\n'}]}}}", "tools[0].a\\n");
  refuse("{'anyOf':[{'type':'null'},{'$ref':'#'}]}", "contains itself");
}

static void test_a_reference_to_nowhere_is_refused(void **state) {
  (void)state;
  refuse("{'properties':{'a':{'$ref':'#/$defs/N'}}}", "tools[0].a has a \"$ref\"");
  refuse("{'$ref':'https://example.com/x.json'}", "$defs");
  refuse("{'$ref':''}", "$ref");
  refuse("{'$ref':'#/x/9','x':[1]}", "$ref");
  refuse("{'$ref':'#anchor'}", "$ref");
}

static void test_bombs_are_refused_soon(void **state) {
  (void)state;
  cai_buf bomb;
  cai_buf_init(&bomb, 1000000);
  cai_buf_text(&bomb, "{'$ref':'#/$defs/d0','$defs':{");
  for (int i = 0; i < 30; i++)
    cai_buf_format(&bomb, "'d%d':{'properties':{'a':{'$ref':'#/$defs/d%d'},'b':{'$ref':'#/$defs/d%d'}}},", i, i + 1,
                   i + 1);
  cai_buf_text(&bomb, "'d30':{}}}");
  refuse(bomb.data, "is too large");
  cai_buf_reset(&bomb);
  for (int i = 0; i < 50; i++) cai_buf_text(&bomb, "{'items':");
  cai_buf_text(&bomb, "{}");
  for (int i = 0; i < 50; i++) cai_buf_byte(&bomb, '}');
  refuse(bomb.data, "nested too deep");
  cai_buf_reset(&bomb);
  cai_buf_text(&bomb, "{'allOf':[{}");
  for (int i = 0; i < 30; i++) cai_buf_format(&bomb, ",{'properties':{'p%d':{}}}", i);
  cai_buf_text(&bomb, "]}");
  refuse(bomb.data, "too many parts");
  cai_buf_reset(&bomb);
  cai_buf_text(&bomb, "{'properties':{'x':0");
  for (int i = 0; i < 64; i++) cai_buf_format(&bomb, ",'p%d':{'$ref':'#/$defs/long'}", i);
  cai_buf_text(&bomb, "},'$defs':{'long':{'description':'");
  for (int i = 0; i < 50000; i++) cai_buf_byte(&bomb, 'x');
  cai_buf_text(&bomb, "'}}}");
  refuse(bomb.data, "is too large");
  cai_buf_fini(&bomb);
}

/* Each would be looked through for minutes. */
static void test_what_grows_with_its_square_is_refused_soon(void **state) {
  (void)state;
  cai_buf long_text;
  cai_buf_init(&long_text, 20 * 1000 * 1000);
  cai_buf_text(&long_text, "{'properties':{'x':0");
  for (int i = 0; i < 10000; i++) cai_buf_format(&long_text, ",'property%d':{}", i);
  cai_buf_text(&long_text, "},'required':['x'");
  for (int i = 0; i < 100000; i++) cai_buf_format(&long_text, ",'nowhere%d'", i);
  cai_buf_text(&long_text, "]}");
  refuse(long_text.data, "is too large");
  cai_buf_reset(&long_text);
  cai_buf_text(&long_text, "{'enum':[''");
  for (int i = 0; i < 1000000; i++) cai_buf_text(&long_text, ",''");
  cai_buf_text(&long_text, "],'anyOf':[{'title':''}");
  for (int i = 0; i < 15000; i++) cai_buf_text(&long_text, ",{'title':''}");
  cai_buf_text(&long_text, "]}");
  refuse(long_text.data, "is too large");
  cai_buf_reset(&long_text);
  cai_buf_text(&long_text, "{'properties':{'x':0");
  for (int i = 0; i < 15000; i++) cai_buf_format(&long_text, ",'p%d':{'$ref':'#/$defs/d'}", i);
  cai_buf_text(&long_text, "},'$defs':{'d':{}},'$comment':'");
  for (int i = 0; i < 1000000; i++) cai_buf_byte(&long_text, 'x');
  cai_buf_text(&long_text, "'}");
  refuse(long_text.data, "is too large");
  cai_buf_fini(&long_text);
}

static void test_emptiness(void **state) {
  (void)state;
  static const char *const empty[] = {"{}", "{\"type\":\"object\"}", "{\"type\":\"OBJECT\",\"properties\":{ }}",
                                      "{\"type\":\"object\",\"additionalProperties\":false,\"description\":\"d\"}"};
  static const char *const full[] = {"{\"type\":\"string\"}", "{\"properties\":{\"a\":{}}}", "{\"anyOf\":[]}", "[]",
                                     "{\"type\":\"object\",\"additionalProperties\":{}}"};
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) assert_true(cai_schema_is_empty(cai_span_of(empty[i])));
  for (size_t i = 0; i < sizeof full / sizeof *full; i++) assert_false(cai_schema_is_empty(cai_span_of(full[i])));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_google_knows_stays_byte_by_byte),
      cmocka_unit_test(test_what_google_has_no_field_for_is_left_out),
      cmocka_unit_test(test_additional_properties_are_vertex_ais_alone),
      cmocka_unit_test(test_types),
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_combinations),
      cmocka_unit_test(test_references),
      cmocka_unit_test(test_recursion_is_refused_with_its_place),
      cmocka_unit_test(test_a_reference_to_nowhere_is_refused),
      cmocka_unit_test(test_bombs_are_refused_soon),
      cmocka_unit_test(test_what_grows_with_its_square_is_refused_soon),
      cmocka_unit_test(test_emptiness),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
