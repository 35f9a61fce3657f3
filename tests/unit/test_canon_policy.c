/* Canonical forms of policy documents: what AWS calls equal has equal bytes, what differs in
 * meaning does not. Documents are written with ' for ", so that they can be read. */
#include "state/canon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char *quoted(const char *s)
{
	char *copy = xstrdup(s);

	for (char *at = copy; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
	}
	return copy;
}

/* NULL, and the message in `err`, when refused. */
static const struct text *canon_of(struct arena *arena, const char *doc,
				   enum policy_dialect dialect, struct error *err)
{
	auto_free char *json = quoted(doc);
	int line, column;

	return canon_policy_text(arena, json, strlen(json), dialect, "aws", &line, &column, err);
}

static const char *canon_good(struct arena *arena, const char *doc, enum policy_dialect dialect)
{
	auto_error err = {0};
	const struct text *text = canon_of(arena, doc, dialect, &err);

	if (text == NULL)
		fail_msg("refused: %s\n  %s", err.message, doc);
	assert_int_equal(err.code, EXIT_DONE);
	assert_int_equal(text->len, strlen(text->s));
	return text->s;
}

/* A canonical text read again is itself, in both dialects. */
static void assert_stable(struct arena *arena, const char *canonical, enum policy_dialect dialect)
{
	assert_string_equal(canon_good(arena, canonical, dialect), canonical);
	assert_string_equal(canon_good(arena, canonical, POLICY_PLAIN), canonical);
}

static void assert_same(const char *a, const char *b, enum policy_dialect dialect)
{
	struct arena *arena = arena_new();
	const char *left = canon_good(arena, a, dialect), *right = canon_good(arena, b, dialect);

	if (strcmp(left, right) != 0)
		fail_msg("should be equal:\n  %s\n  %s", left, right);
	assert_stable(arena, left, dialect);
	arena_free(arena);
}

static void assert_differ(const char *a, const char *b, enum policy_dialect dialect)
{
	struct arena *arena = arena_new();
	const char *left = canon_good(arena, a, dialect), *right = canon_good(arena, b, dialect);

	if (strcmp(left, right) == 0)
		fail_msg("should differ:\n  %s\n  %s\nboth: %s", a, b, left);
	assert_stable(arena, left, dialect);
	assert_stable(arena, right, dialect);
	arena_free(arena);
}

/* The message of a refusal, to the letter. */
static void assert_refused(const char *doc, enum policy_dialect dialect, const char *message)
{
	struct arena *arena = arena_new();
	auto_error err = {0};
	auto_free char *wanted = quoted(message);

	if (canon_of(arena, doc, dialect, &err) != NULL)
		fail_msg("should be refused: %s", doc);
	assert_int_equal(err.code, EXIT_FAILED);
	assert_string_equal(err.message, wanted);
	arena_free(arena);
}

#define DOC(statement) "{'Version':'2012-10-17','Statement':[" statement "]}"
#define ALLOW(rest)    DOC("{'Effect':'Allow'," rest "}")
#define TRUST(rest)    ALLOW("'Action':'sts:AssumeRole','Principal':" rest)
#define WHEN(rest)     ALLOW("'Action':'s3:*','Resource':'*','Condition':" rest)

static void test_golden(void **state)
{
	struct arena *arena = arena_new();
	auto_free char *wanted = quoted(
	    "{'Id':'x','Statement':[{'Action':['ec2:Run*','s3:Get*'],'Condition':{'Bool':{"
	    "'aws:MultiFactorAuthPresent':'true'},'NumericLessThan':{'aws:MultiFactorAuthAge':"
	    "'3600'}},'Effect':'Allow','Principal':{'AWS':['arn:aws:iam::111111111111:root',"
	    "'arn:aws:iam::222222222222:role/x'],'Service':'ec2.amazonaws.com'},'Resource':'*',"
	    "'Sid':'One'}],'Version':'2012-10-17'}");

	(void)state;
	assert_string_equal(
	    canon_good(
		arena,
		" { 'Version' : '2012-10-17', 'Id': 'x',\r\n\t'Statement': { 'Sid': 'One',"
		"'Effect': 'Allow', 'Principal': {'Service': ['ec2.amazonaws.com'], 'AWS': ["
		"'arn:aws:iam::222222222222:role/x', '111111111111']},"
		"'Action': ['s3:Get*', 'ec2:Run*', 's3:Get*'], 'Resource': ['*'], 'Condition':"
		"{'NumericLessThan': {'aws:MultiFactorAuthAge': [3600]}, 'Bool': {"
		"'aws:MultiFactorAuthPresent': true}}}} \n",
		POLICY_IAM),
	    wanted);
	arena_free(arena);
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
	} rows[] = {
	    /* Key order, at each level. */
	    {ALLOW("'Action':'s3:*','Resource':'*'"),
	     "{'Statement':[{'Resource':'*','Action':'s3:*','Effect':'Allow'}],'Version':'2012-10-"
	     "17'}"},
	    {WHEN("{'Bool':{'a:x':'1','a:y':'2'},'Null':{'a:z':'1'}}"),
	     WHEN("{'Null':{'a:z':'1'},'Bool':{'a:y':'2','a:x':'1'}}")},
	    {TRUST("{'AWS':'*','Service':'s'}"), TRUST("{'Service':'s','AWS':'*'}")},
	    /* White space and escapes. */
	    {ALLOW("'Action':'s3:*','Resource':'*'"),
	     "\n{ 'Version'\t:'2012-10-17' ,'Statement':[ {'Effect':'Allow','Action':'s3:*',\r\n"
	     "'Resource':'*'} ] }\n\n"},
	    {ALLOW("'Action':'s3:*','Resource':'arn:aws:s3:::a/b'"),
	     ALLOW("'Action':'\\u00733:*','Resource':'arn:aws:s3:::a\\/b'")},
	    {ALLOW("'Sid':'\xc3\xa9','Action':'s3:*','Resource':'*'"),
	     ALLOW("'Sid':'\\u00e9','Action':'s3:*','Resource':'*'")},
	    /* A statement alone, or in a list. */
	    {ALLOW("'Action':'s3:*','Resource':'*'"),
	     "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'s3:*','Resource':'*'}"
	     "}"},
	    /* One string, or a list of one. */
	    {ALLOW("'Action':'s3:*','Resource':'*'"), ALLOW("'Action':['s3:*'],'Resource':['*']")},
	    {ALLOW("'NotAction':'s3:*','NotResource':'arn:x'"),
	     ALLOW("'NotAction':['s3:*'],'NotResource':['arn:x']")},
	    {TRUST("{'AWS':'*'}"), TRUST("{'AWS':['*']}")},
	    {TRUST("{'Federated':'a'}"), TRUST("{'Federated':['a']}")},
	    {WHEN("{'Bool':{'a:x':'true'}}"), WHEN("{'Bool':{'a:x':['true']}}")},
	    /* Order and repetition. */
	    {ALLOW("'Action':['a:1','b:2','c:3'],'Resource':'*'"),
	     ALLOW("'Action':['c:3','a:1','b:2','a:1'],'Resource':'*'")},
	    {ALLOW("'NotAction':['a:1','b:2'],'Resource':'*'"),
	     ALLOW("'NotAction':['b:2','a:1'],'Resource':'*'")},
	    {ALLOW("'Action':'a:1','Resource':['arn:x','arn:y']"),
	     ALLOW("'Action':'a:1','Resource':['arn:y','arn:x','arn:y']")},
	    {ALLOW("'Action':'a:1','NotResource':['arn:x','arn:y']"),
	     ALLOW("'Action':'a:1','NotResource':['arn:y','arn:x']")},
	    {ALLOW("'Action':['a:1','a:1'],'Resource':'*'"),
	     ALLOW("'Action':'a:1','Resource':'*'")},
	    {TRUST("{'Service':['a','b']}"), TRUST("{'Service':['b','a']}")},
	    {DOC("{'Effect':'Deny','Action':'a:1','Resource':'*','NotPrincipal':{'AWS':['arn:b','"
		 "arn:a']}}"),
	     DOC("{'Effect':'Deny','Action':'a:1','Resource':'*','NotPrincipal':{'AWS':['arn:a','"
		 "arn:b']}}")},
	    {WHEN("{'StringLike':{'a:x':['p','q','r']}}"),
	     WHEN("{'StringLike':{'a:x':['r','q','p','q']}}")},
	    {WHEN("{'ForAllValues:StringEquals':{'a:x':['p','q']}}"),
	     WHEN("{'ForAllValues:StringEquals':{'a:x':['q','p']}}")},
	    /* Numbers and booleans of conditions. */
	    {WHEN("{'Bool':{'a:x':true}}"), WHEN("{'Bool':{'a:x':'true'}}")},
	    {WHEN("{'Null':{'a:x':[false]}}"), WHEN("{'Null':{'a:x':'false'}}")},
	    {WHEN("{'NumericEquals':{'a:x':[10,9]}}"),
	     WHEN("{'NumericEquals':{'a:x':['9','10']}}")},
	    {WHEN("{'NumericEquals':{'a:x':-5}}"), WHEN("{'NumericEquals':{'a:x':'-5'}}")},
	    {WHEN("{'NumericEquals':{'a:x':0.1}}"), WHEN("{'NumericEquals':{'a:x':'0.1'}}")},
	    {WHEN("{'NumericEquals':{'a:x':9223372036854775807}}"),
	     WHEN("{'NumericEquals':{'a:x':'9223372036854775807'}}")},
	    {WHEN("{'Bool':{'a:x':[true,'true']}}"), WHEN("{'Bool':{'a:x':'true'}}")},
	    /* Account ids as principals. */
	    {TRUST("{'AWS':'111111111111'}"), TRUST("{'AWS':'arn:aws:iam::111111111111:root'}")},
	    {TRUST("{'AWS':['111111111111','arn:aws:iam::111111111111:root']}"),
	     TRUST("{'AWS':['111111111111']}")},
	    {TRUST("{'AWS':['222222222222','arn:aws:iam::111111111111:root']}"),
	     TRUST("{'AWS':['111111111111','arn:aws:iam::222222222222:root']}")},
	    {DOC("{'Effect':'Deny','Action':'a:1','NotPrincipal':{'AWS':'111111111111'}}"),
	     DOC("{'Effect':'Deny','Action':'a:1','NotPrincipal':{'AWS':"
		 "'arn:aws:iam::111111111111:root'}}")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_same(rows[i].a, rows[i].b, POLICY_IAM);
		assert_same(rows[i].b, rows[i].a, POLICY_IAM);
	}
}

static void test_different(void **state)
{
	static const struct {
		const char *a, *b;
	} rows[] = {
	    {ALLOW("'Action':'s3:*','Resource':'*'"),
	     DOC("{'Effect':'Deny','Action':'s3:*','Resource':'*'}")},
	    {ALLOW("'Action':'s3:*','Resource':'*'"), ALLOW("'NotAction':'s3:*','Resource':'*'")},
	    {ALLOW("'Action':'s3:*','Resource':'*'"), ALLOW("'Action':'s3:*','NotResource':'*'")},
	    {ALLOW("'Action':'s3:*','Resource':'*'"), ALLOW("'Action':'*','Resource':'*'")},
	    {ALLOW("'Action':'s3:Get*','Resource':'*'"),
	     ALLOW("'Action':'s3:get*','Resource':'*'")},
	    {ALLOW("'Action':'s3:*','Resource':'arn:x'"),
	     ALLOW("'Action':'s3:*','Resource':'arn:X'")},
	    {ALLOW("'Action':'s3:*','Resource':'arn:x'"),
	     ALLOW("'Action':'s3:*','Resource':'arn:x '")},
	    {ALLOW("'Action':['a:1','b:2'],'Resource':'*'"),
	     ALLOW("'Action':'a:1','Resource':'*'")},
	    {ALLOW("'Action':['a:1','b:2'],'Resource':'*'"),
	     ALLOW("'Action':'a:1,b:2','Resource':'*'")},
	    {ALLOW("'Action':[],'Resource':'*'"), ALLOW("'Action':'*','Resource':'*'")},
	    {ALLOW("'Sid':'A','Action':'a:1','Resource':'*'"),
	     ALLOW("'Action':'a:1','Resource':'*'")},
	    {ALLOW("'Sid':'A','Action':'a:1','Resource':'*'"),
	     ALLOW("'Sid':'a','Action':'a:1','Resource':'*'")},
	    /* Version decides whether ${...} is a variable; absent is not the same text. */
	    {ALLOW("'Action':'a:1','Resource':'*'"),
	     "{'Version':'2008-10-17','Statement':[{'Effect':'Allow','Action':'a:1','Resource':'*'}"
	     "]}"},
	    {ALLOW("'Action':'a:1','Resource':'*'"),
	     "{'Statement':[{'Effect':'Allow','Action':'a:1','Resource':'*'}]}"},
	    /* The order and number of statements is kept. */
	    {DOC("{'Effect':'Allow','Action':'a:1','Resource':'*'},{'Effect':'Deny','Action':'b:2',"
		 "'Resource':'*'}"),
	     DOC("{'Effect':'Deny','Action':'b:2','Resource':'*'},{'Effect':'Allow','Action':'a:1',"
		 "'Resource':'*'}")},
	    {DOC("{'Effect':'Allow','Action':'a:1','Resource':'*'},{'Effect':'Allow','Action':'a:1'"
		 ","
		 "'Resource':'*'}"),
	     ALLOW("'Action':'a:1','Resource':'*'")},
	    {DOC(""), ALLOW("'Action':'a:1','Resource':'*'")},
	    /* Principals. */
	    {TRUST("'*'"), TRUST("{'AWS':'*'}")},
	    {TRUST("{'AWS':'arn:a'}"), TRUST("{'Federated':'arn:a'}")},
	    {TRUST("{'AWS':'*'}"),
	     DOC("{'Effect':'Allow','Action':'sts:AssumeRole','NotPrincipal':{"
		 "'AWS':'*'}}")},
	    {TRUST("{'AWS':'111111111111'}"), TRUST("{'AWS':'111111111112'}")},
	    {TRUST("{'AWS':'111111111111'}"), TRUST("{'AWS':'arn:aws-cn:iam::111111111111:root'}")},
	    {TRUST("{'AWS':'111111111111'}"),
	     TRUST("{'AWS':'arn:aws:iam::111111111111:user/root'}")},
	    {TRUST("{'AWS':'11111111111'}"), TRUST("{'AWS':'arn:aws:iam::11111111111:root'}")},
	    {TRUST("{'AWS':'1111111111111'}"), TRUST("{'AWS':'arn:aws:iam::1111111111111:root'}")},
	    {TRUST("{'AWS':' 11111111111'}"), TRUST("{'AWS':'arn:aws:iam:: 11111111111:root'}")},
	    {TRUST("{'CanonicalUser':'111111111111'}"),
	     TRUST("{'CanonicalUser':'arn:aws:iam::111111111111:root'}")},
	    {TRUST("{'AWS':'AROAEXAMPLE'}"), TRUST("{'AWS':'arn:aws:iam::111111111111:role/x'}")},
	    {TRUST("{'AWS':[]}"), TRUST("{}")},
	    /* Conditions. */
	    {WHEN("{'Bool':{'a:x':true}}"), WHEN("{'Bool':{'a:x':false}}")},
	    {WHEN("{'Bool':{'a:x':'true'}}"), WHEN("{'Bool':{'a:x':'True'}}")},
	    {WHEN("{'Bool':{'a:x':'true'}}"), WHEN("{'BoolIfExists':{'a:x':'true'}}")},
	    {WHEN("{'StringEquals':{'a:x':'p'}}"),
	     WHEN("{'ForAnyValue:StringEquals':{'a:x':'p'}}")},
	    {WHEN("{'ForAllValues:StringEquals':{'a:x':'p'}}"),
	     WHEN("{'ForAnyValue:StringEquals':{'a:x':'p'}}")},
	    {WHEN("{'StringEquals':{'a:x':'p'}}"), WHEN("{'StringEquals':{'a:X':'p'}}")},
	    {WHEN("{'StringEquals':{'a:x':['p','q']}}"), WHEN("{'StringEquals':{'a:x':'p'}}")},
	    {WHEN("{'NumericEquals':{'a:x':1}}"), WHEN("{'NumericEquals':{'a:x':'01'}}")},
	    {WHEN("{'NumericEquals':{'a:x':1}}"), WHEN("{'NumericEquals':{'a:x':1.5}}")},
	    {WHEN("{'NumericEquals':{'a:x':0.1}}"),
	     WHEN("{'NumericEquals':{'a:x':0.10000000000000002}}")},
	    {WHEN("{'NumericEquals':{'a:x':9007199254740993}}"),
	     WHEN("{'NumericEquals':{'a:x':9007199254740992}}")},
	    {WHEN("{'StringEquals':{'a:x':[]}}"), WHEN("{'StringEquals':{'a:x':''}}")},
	    {WHEN("{'Bool':{'a:x':'1'},'Null':{'a:y':'1'}}"),
	     WHEN("{'Bool':{'a:x':'1','a:y':'1'}}")},
	    {WHEN("{}"), ALLOW("'Action':'s3:*','Resource':'*'")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_differ(rows[i].a, rows[i].b, POLICY_IAM);
}

/* Other organization policies: only the order of keys and the white space mean nothing. */
static void test_plain(void **state)
{
	(void)state;
	assert_same("{'tags':{'b':{'tag_key':{'@@assign':'B'}},'a':1}}",
		    " { 'tags' : {'a':1, 'b':{'tag_key':{'@@assign':'B'}}} } ", POLICY_PLAIN);
	assert_same("{'x':[1,0.1,1e3,true,null]}", "{'x':[1,0.10,1000.0,true,null]}", POLICY_PLAIN);
	assert_differ("{'x':['a','b']}", "{'x':['b','a']}", POLICY_PLAIN);
	assert_differ("{'x':['a']}", "{'x':'a'}", POLICY_PLAIN);
	assert_differ("{'x':['a','a']}", "{'x':['a']}", POLICY_PLAIN);
	assert_differ("{'x':1}", "{'x':'1'}", POLICY_PLAIN);
	assert_differ("{'x':true}", "{'x':'true'}", POLICY_PLAIN);
	assert_differ("{'x':null}", "{}", POLICY_PLAIN);
	assert_differ("{'x':{}}", "{'x':[]}", POLICY_PLAIN);
	assert_differ("{'Statement':{}}", "{'Statement':[{}]}", POLICY_PLAIN);
	assert_differ("{'AWS':'111111111111'}", "{'AWS':'arn:aws:iam::111111111111:root'}",
		      POLICY_PLAIN);
}

/* What AWS accepts is read, and what is written for later is kept. */
static void test_tolerant(void **state)
{
	static const char *const docs[] = {
	    ALLOW("'Action':'*','Resource':'*'"),
	    ALLOW("'Action':[],'Resource':[]"),
	    ALLOW("'Action':'${x}','Resource':'${y}'"),
	    ALLOW("'Action':'s3:*','Resource':'arn:aws:s3:::${aws:username}/*'"),
	    ALLOW("'Action':'s3:*','Resource':'*','Sid':''"),
	    TRUST("{'AWS':'${account.id}'}"),
	    TRUST("{}"),
	    WHEN("{}"),
	    WHEN("{'Bool':{}}"),
	    WHEN("{'ForAnyValue:StringNotEqualsIgnoreCaseIfExists':{'a:x':'1'}}"),
	    WHEN("{'stringequals':{'a:x':'1'}}"),
	    WHEN("{'VeryNewOperatorOfAws':{'a:x':'1'}}"),
	    DOC(""),
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++)
		assert_stable(arena, canon_good(arena, docs[i], POLICY_IAM), POLICY_IAM);
	arena_free(arena);
}

static void test_refused(void **state)
{
	static const struct {
		const char *doc, *message;
	} rows[] = {
	    {"[]", "a policy document must be an object, not a list"},
	    {"{}", "no Statement"},
	    {"{'Version':'2012-10-17'}", "no Statement"},
	    {"{'version':'2012-10-17'}", "unknown element 'version' (did you mean 'Version'?)"},
	    {"{'Statements':[]}", "unknown element 'Statements' (did you mean 'Statement'?)"},
	    {"{'Statement':[],'tags':{}}", "unknown element 'tags'"},
	    {"{'Statement':[],'Version':'2012-10-18'}",
	     "Version: must be '2012-10-17' or '2008-10-17', not '2012-10-18'"},
	    {"{'Statement':[],'Version':2012}",
	     "Version: must be a string, not a number (put it in quotes)"},
	    {"{'Statement':[],'Id':null}", "Id: must be a string, not null"},
	    {"{'Statement':null}", "statement 1: must be an object, not null"},
	    {DOC("'x'"), "statement 1: must be an object, not a string"},
	    {DOC("[]"), "statement 1: must be an object, not a list"},
	    {DOC("{'Action':'a:1','Resource':'*'}"), "statement 1: no Effect"},
	    {DOC("{'Effect':'Allow','Resource':'*'}"), "statement 1: no Action, nor NotAction"},
	    {ALLOW("'Action':'a:1'"), "statement 1: no Resource (in a trust policy: no Principal)"},
	    {DOC("{'Effect':'allow','Action':'a:1','Resource':'*'}"),
	     "statement 1: Effect: must be 'Allow' or 'Deny', not 'allow'"},
	    {DOC("{'Effect':['Allow'],'Action':'a:1','Resource':'*'}"),
	     "statement 1: Effect: must be a string, not a list"},
	    {ALLOW("'Action':'a:1','NotAction':'a:2','Resource':'*'"),
	     "statement 1: has both Action and NotAction"},
	    {ALLOW("'Action':'a:1','NotResource':'arn:x','Resource':'*'"),
	     "statement 1: has both NotResource and Resource"},
	    {ALLOW("'Action':'a:1','Principal':'*','NotPrincipal':'*'"),
	     "statement 1: has both Principal and NotPrincipal"},
	    {DOC("{'Effect':'Allow','Action':'a:1','Resource':'*'},{'Sid':'Two','Effect':'Allow',"
		 "'Actions':'a:1','Resource':'*'}"),
	     "statement 2 ('Two'): unknown element 'Actions' (did you mean 'Action'?)"},
	    {ALLOW("'Action':['a:1','ListBuckets'],'Resource':'*'"),
	     "statement 1: Action: 'ListBuckets' has no colon: write SERVICE:NAME, or '*'"},
	    {ALLOW("'NotAction':'','Resource':'*'"),
	     "statement 1: NotAction: '' has no colon: write SERVICE:NAME, or '*'"},
	    {ALLOW("'Action':[['a:1']],'Resource':'*'"),
	     "statement 1: Action: must be a string, not a list"},
	    {ALLOW("'Action':{'a:1':true},'Resource':'*'"),
	     "statement 1: Action: must be a string, not an object"},
	    {ALLOW("'Action':'a:1','Resource':'my-bucket'"),
	     "statement 1: Resource: 'my-bucket' is not an ARN, nor '*'"},
	    {ALLOW("'Action':'a:1','Resource':true"),
	     "statement 1: Resource: must be a string, not a boolean"},
	    {TRUST("'arn:aws:iam::111111111111:root'"),
	     "statement 1: Principal: must be '*' or an object such as {'AWS': ...}, not "
	     "'arn:aws:iam::111111111111:root'"},
	    {TRUST("['*']"),
	     "statement 1: Principal: must be '*' or an object such as {'AWS': ...}, not a list"},
	    {TRUST("{'Services':'ec2.amazonaws.com'}"),
	     "statement 1: Principal: unknown principal type 'Services' (did you mean 'Service'?)"},
	    {TRUST("{'AWS':111111111111}"),
	     "statement 1: Principal: AWS: must be a string, not a number (put it in quotes)"},
	    {WHEN("[]"), "statement 1: Condition: must be an object of operators, not a list"},
	    {WHEN("{'StringEqual':{'a:x':'1'}}"), "statement 1: Condition: unknown operator "
						  "'StringEqual' (did you mean 'StringEquals'?)"},
	    {WHEN("{'ForAllValues:StringLik':{'a:x':'1'}}"),
	     "statement 1: Condition: unknown operator 'StringLik' (did you mean 'StringLike'?)"},
	    {WHEN("{'Bool':'true'}"),
	     "statement 1: Condition: 'Bool': must be an object of condition keys, not a string"},
	    {WHEN("{'Bool':{'a:x':null}}"),
	     "statement 1: Condition: 'Bool': 'a:x': must be a string, not null"},
	    {WHEN("{'Bool':{'a:x':[['true']]}}"),
	     "statement 1: Condition: 'Bool': 'a:x': must be a string, not a list"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_refused(rows[i].doc, POLICY_IAM, rows[i].message);
	assert_refused("[1]", POLICY_PLAIN, "a policy document must be an object, not a list");
}

/* Faults of syntax carry a place; every other fault has none. */
static void test_places(void **state)
{
	static const struct {
		const char *json;
		size_t len;
		int line, column;
		const char *message;
	} rows[] = {
#define ROW(s, ...) {s, sizeof(s) - 1, __VA_ARGS__}
	    ROW("", 0, 0, "the document is empty"),
	    ROW(" \n", 2, 1, "not valid JSON: '[' or '{' expected near end of file"),
	    ROW("null", 1, 4, "not valid JSON: '[' or '{' expected near 'null'"),
	    ROW("{\n \"a\": 1,\n}", 3, 1, "not valid JSON: string or '}' expected near '}'"),
	    ROW("{} {}", 1, 4, "not valid JSON: end of file expected near '{'"),
	    ROW("{\"a\":1,\n\"a\":2}", 2, 3, "not valid JSON: duplicate object key near '\"a\"'"),
	    ROW("{\"a\":{\"b\":1,\"\\u0062\":2}}", 1, 20,
		"not valid JSON: duplicate object key near '\"\\u0062\"'"),
	    ROW("{\"a\":\"\\u0000\"}", 1, 13, "a string of the document holds a NUL character"),
	    ROW("{\"a\":9223372036854775808}", 1, 24,
		"not valid JSON: too big integer near '9223372036854775808'"),
	    ROW("{\"a\":NaN}", 1, 8, "not valid JSON: invalid token near 'NaN'"),
	    ROW("[1]", 0, 0, "a policy document must be an object, not a list"),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		auto_error err = {0};
		int line = -7, column = -7;

		assert_null(canon_policy_text(arena, rows[i].json, rows[i].len, POLICY_IAM, "aws",
					      &line, &column, &err));
		assert_string_equal(err.message, rows[i].message);
		assert_int_equal(line, rows[i].line);
		assert_int_equal(column, rows[i].column);
		arena_free(arena);
	}
}

/* Refused in both dialects, and the message is itself valid UTF-8. */
static void assert_hostile(const char *json, size_t len, const char *part)
{
	for (int dialect = POLICY_IAM; dialect <= POLICY_PLAIN; dialect++) {
		struct arena *arena = arena_new();
		auto_error err = {0};
		int line, column;

		assert_null(canon_policy_text(arena, json, len, (enum policy_dialect)dialect, "aws",
					      &line, &column, &err));
		assert_true(utf8_count(err.message, strlen(err.message)) >= 0);
		if (strstr(err.message, part) == NULL)
			fail_msg("\"%s\" has no \"%s\"", err.message, part);
		arena_free(arena);
	}
}

static char *nested(size_t depth, const char *open, const char *close)
{
	auto_buf out = BUF_INIT(4u << 20);

	buf_puts(&out, "{\"a\":");
	for (size_t i = 0; i < depth; i++)
		buf_puts(&out, open);
	buf_puts(&out, "1");
	for (size_t i = 0; i < depth; i++)
		buf_puts(&out, close);
	buf_puts(&out, "}");
	return buf_take(&out);
}

static void test_hostile(void **state)
{
	auto_free char *lists = nested(2000, "[", "]"), *objects = nested(2000, "{\"a\":", "}");
	auto_free char *bottomless = nested(100000, "[", "]"), *deep = nested(62, "[", "]");
	auto_free char *deeper = nested(63, "[", "]"), *large = xmalloc((1u << 20) + 1);
	struct arena *arena = arena_new();

	(void)state;
	memset(large, ' ', (1u << 20) + 1);
	memcpy(large, "{}", 2);
	assert_hostile(large, (1u << 20) + 1, "larger than 1048576 bytes");
	assert_hostile(lists, strlen(lists), "nested deeper than 64 levels");
	assert_hostile(objects, strlen(objects), "nested deeper than 64 levels");
	assert_hostile(deeper, strlen(deeper), "nested deeper than 64 levels");
	assert_hostile(bottomless, strlen(bottomless), "maximum parsing depth");
	assert_string_equal(canon_good(arena, deep, POLICY_PLAIN), deep);
	assert_hostile("{\"a\0b\":1}", 9, "not valid JSON");
	assert_hostile("{\"a\":1}\0", 8, "not valid JSON");
	assert_hostile("{\"\\u0000\":1}", 12, "holds a NUL character");
	assert_hostile("{\"a\":\"\xff\"}", 9, "unable to decode byte 0xff");
	assert_hostile("{\"a\":\"\xc0\xaf\"}", 10, "unable to decode");
	assert_hostile("{\"a\":\"\xed\xa0\x80\"}", 11, "unable to decode");
	assert_hostile("{\"a\":\"\\ud800\"}", 14, "invalid Unicode");
	assert_hostile("\xef\xbb\xbf{}", 5, "not valid JSON");
	assert_hostile("{\"a\":\"\xc3", 7, "unable to decode");
	arena_free(arena);
}

/* A long string is shown in part, cut between characters. */
static void test_message_is_cut(void **state)
{
	struct arena *arena = arena_new();
	auto_error err = {0};
	auto_buf doc = BUF_INIT(4096), wanted = BUF_INIT(4096);

	(void)state;
	buf_puts(&doc, "{'Statement':{'Effect':'Allow','Resource':'*','Action':'");
	buf_puts(&wanted, "statement 1: Action: \"");
	for (int i = 0; i < 200; i++)
		buf_puts(&doc, "\xe2\x82\xac");
	for (int i = 0; i < 60; i++)
		buf_puts(&wanted, "\xe2\x82\xac");
	buf_puts(&doc, "'}}");
	buf_puts(&wanted, "...\" has no colon: write SERVICE:NAME, or \"*\"");
	assert_null(canon_of(arena, doc.data, POLICY_IAM, &err));
	assert_string_equal(err.message, wanted.data);
	arena_free(arena);
}

/* A value that did not come through the JSON parser. */
static void test_tree(void **state)
{
	struct arena *arena = arena_new();
	json_auto_t *nul = json_pack("{s:s%}", "a", "x\0y", (size_t)3);
	json_auto_t *bytes = json_object(), *doc = NULL;
	auto_error err = {0};
	const struct text *text;

	(void)state;
	assert_null(canon_policy(arena, nul, POLICY_PLAIN, NULL, &err));
	assert_string_equal(err.message, "a string of the document holds a NUL character");
	json_object_set_new(bytes, "a", json_string_nocheck("\xff"));
	assert_null(canon_policy(arena, bytes, POLICY_PLAIN, NULL, &err));
	assert_string_equal(err.message, "a string of the document is not valid UTF-8");

	/* The document given is not changed, and other partitions have other ARNs. */
	doc = json_pack("{s:{s:s, s:s, s:{s:[s, s]}}}", "Statement", "Effect", "Allow", "Action",
			"sts:AssumeRole", "Principal", "AWS", "222222222222", "111111111111");
	text = canon_json(arena, doc);
	assert_non_null(strstr(
	    canon_policy(arena, doc, POLICY_IAM, "aws-cn", &err)->s,
	    "[\"arn:aws-cn:iam::111111111111:root\",\"arn:aws-cn:iam::222222222222:root\"]"));
	assert_non_null(strstr(canon_policy(arena, doc, POLICY_IAM, NULL, &err)->s,
			       "[\"111111111111\",\"222222222222\"]"));
	assert_true(text_eq(text, canon_json(arena, doc)));
	arena_free(arena);
}

static void test_json(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"null", "null"},
	    {"\"a\"", "\"a\""},
	    {"[ ]", "[]"},
	    {"{ }", "{}"},
	    {"-0", "0"},
	    {"1.0", "1.0"},
	    {"0.1", "0.1"},
	    {"1e-7", "1e-7"},
	    {"0.30000000000000004", "0.30000000000000004"},
	    {"123456789012345678", "123456789012345678"},
	    {"{\"b\":1,\"a\":{\"d\":[2,1],\"c\":\"\"},\"B\":null,\"\":0,\"aa\":0}",
	     "{\"\":0,\"B\":null,\"a\":{\"c\":\"\",\"d\":[2,1]},\"aa\":0,\"b\":1}"},
	    {"{\"\xc3\xa9\":1,\"z\":2,\"\xf0\x9f\x98\x80\":3}",
	     "{\"z\":2,\"\xc3\xa9\":1,\"\xf0\x9f\x98\x80\":3}"},
	    {"\"\\u00e9\\/\\\"\\\\\\n\"", "\"\xc3\xa9/\\\"\\\\\\n\""},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		json_auto_t *value = json_loads(rows[i].in, JSON_DECODE_ANY, NULL);

		assert_non_null(value);
		assert_string_equal(canon_json(arena, value)->s, rows[i].out);
	}
	arena_free(arena);
}

static void test_size(void **state)
{
	struct arena *arena = arena_new();
	const struct text *text = text_str(arena, "{\"a b\":\"\xc3\xa9\xf0\x9f\x98\x80 \\n\"}");

	(void)state;
	assert_int_equal(policy_size_organizations(text), 15);
	assert_int_equal(policy_size_iam(text), 13);
	assert_int_equal(policy_size_iam(text_str(arena, "")), 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_golden),         cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_different),      cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_tolerant),       cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_places),         cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_message_is_cut), cmocka_unit_test(test_tree),
	    cmocka_unit_test(test_json),           cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
