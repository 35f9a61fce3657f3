/* determinism: one plan, to the byte, whatever the order and size of pages; one seed, one trace. */
#include "reconciler/selftest.h"

#include <string.h>

#define DOCUMENT_MAX (32u << 20)

/* Ways in which the same answers may come. */
static const char *const ways[] = {"short_page%60", "empty_page%40", "delay=400%50",
				   "delay=1500@ListOrganizationalUnitsForParent, short_page%50",
				   "throttle%20x9"};

json_t *determinism_make(struct chance *c)
{
	json_t *sample = converge_make(c);

	json_object_set_new(sample, "way",
			    json_string(chance_word(c, ways, sizeof ways / sizeof *ways)));
	if (chance_of(c, 30))
		json_object_set_new(sample, "twice", json_true());
	return sample;
}

/* The plan at this time, as a document. */
static int plan_text(struct stage *s, int64_t at_us, struct buf *out, struct error *err)
{
	struct trial t;
	struct json_out *json;
	int result = 0;

	s->clock.us = at_us;
	stage_plan(s, &t);
	if (t.planned) {
		json = json_out_new(out, NULL);
		doc_write_json(plan_document(t.run.arena, &t.run.plan, PLAN_FORMAT, "now"), json);
		json_out_end(json);
	} else {
		result = run_failed_as(&t, "no plan", err);
	}
	trial_end(&t);
	return result;
}

/* Where two texts part. */
static int texts_compare(const struct buf *a, const struct buf *b, const char *way,
			 struct error *err)
{
	size_t i = 0;

	if (a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0)
		return 0;
	while (i < a->len && i < b->len && a->data[i] == b->data[i])
		i++;
	i = i > 60 ? i - 60 : 0;
	return error_set(
	    err, "another plan: with %s it is\n    ...%.200s\n    and without\n    ...%.200s", way,
	    buf_str(b) + i, buf_str(a) + i);
}

static int pages_check(const json_t *sample, struct tally *tally, FILE *messages, struct error *err)
{
	const char *way = json_string_value(json_object_get(sample, "way"));
	auto_buf plain = BUF_INIT(DOCUMENT_MAX), other = BUF_INIT(DOCUMENT_MAX);
	auto_stage s;
	int64_t at;

	if (stage_new(&s, sample, tally, messages, NULL, err) < 0)
		return -1;
	if (stage_begin(&s, err) < 0 || stage_commit(&s, json_object_get(sample, "b"), err) < 0)
		return -1;
	at = s.clock.us + SELF_NEXT;
	if (plan_text(&s, at, &plain, err) < 0 || twin_faults_set(s.twin, way, err) < 0 ||
	    plan_text(&s, at, &other, err) < 0)
		return -1;
	return texts_compare(&plain, &other, way, err);
}

static ssize_t digest_write(void *cookie, const char *data, size_t n)
{
	digest_add(cookie, data, n);
	return (ssize_t)n;
}

/* Every line that a run says, each request among them. */
static void trace_of(const json_t *sample, struct tally *tally, char out[SHA256_HEX])
{
	struct digest *trace = digest_new();
	FILE *messages = fopencookie(trace, "w", (cookie_io_functions_t){.write = digest_write});
	auto_error ignored = {0};

	if (!messages)
		die_out_of_memory();
	converge_run(sample, tally, messages, trace, &ignored);
	fclose(messages);
	digest_hex(trace, out);
}

/* Two whole plays cost much: not every sample is played twice. */
int determinism_run(const json_t *sample, struct tally *tally, FILE *messages, struct digest *trace,
		    struct error *err)
{
	char first[SHA256_HEX], second[SHA256_HEX];

	if (pages_check(sample, tally, messages, err) < 0)
		return -1;
	if (!json_object_get(sample, "twice"))
		return 0;
	trace_of(sample, tally, first);
	trace_of(sample, tally, second);
	if (trace)
		digest_add(trace, first, sizeof first);
	return strcmp(first, second) == 0
		   ? 0
		   : error_set(err, "another trace: the same sample went another way");
}
