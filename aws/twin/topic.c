/* Topics of SNS: what is published stays in the state, for tests to read. */
#include "aws/twin/twin_priv.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_MOST  (256u << 10) /* bytes */
#define SUBJECT_MOST  100          /* characters */
#define MESSAGES_KEPT 1000
#define NAME_CHARS    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

static json_t *topic_create(struct twin *t, struct twin_call *c)
{
	const char *name = row_str(c->input, "Name");
	json_t *topics = twin_sub(t->state, "topics");
	auto_free char *arn = NULL;

	if (*name == '\0' || strlen(name) > 256 || name[strspn(name, NAME_CHARS)] != '\0')
		return twin_refuse(c, "InvalidParameter", "Invalid parameter: Topic Name");
	arn = xasprintf("arn:%s:sns:%s:%s:%s", row_str(t->state, "partition"),
			c->region != NULL ? c->region : DEFAULT_REGION, c->account, name);
	if (json_object_get(topics, arn) == NULL)
		json_object_set_new(topics, arn,
				    json_pack("{s:s, s:{}}", "account", c->account, "messages"));
	return json_pack("{s:s}", "TopicArn", arn);
}

/* ASCII without control characters, that begins with no blank. */
static bool subject_valid(const char *s)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		if (s[n] < ' ' || s[n] > '~' || (n == 0 && s[n] == ' '))
			return false;
	}
	return n > 0 && n <= SUBJECT_MOST;
}

static bool message_valid(struct twin_call *c)
{
	const json_t *message = json_object_get(c->input, "Message");
	const json_t *subject = json_object_get(c->input, "Subject");

	if (json_string_length(message) == 0)
		twin_refuse(c, "InvalidParameter", "Invalid parameter: Empty message");
	else if (json_string_length(message) > MESSAGE_MOST)
		twin_refuse(c, "InvalidParameter", "Invalid parameter: Message too long");
	else if (subject != NULL && !subject_valid(json_string_value(subject)))
		twin_refuse(c, "InvalidParameter", "Invalid parameter: Subject");
	else
		return true;
	return false;
}

/* "arn:aws:sns:REGION:ACCOUNT:NAME", in the Region that is asked. */
static json_t *topic_find(struct twin *t, struct twin_call *c)
{
	const char *arn = row_str(c->input, "TopicArn");
	auto_free char *here = xasprintf("arn:%s:sns:%s:", row_str(t->state, "partition"),
					 c->region != NULL ? c->region : DEFAULT_REGION);
	json_t *topic = json_object_get(json_object_get(t->state, "topics"), arn);

	if (!str_starts(arn, here))
		return twin_refuse(c, "InvalidParameter", "Invalid parameter: TopicArn");
	if (topic == NULL)
		return twin_refuse(c, "NotFound", "Topic does not exist");
	if (strcmp(row_str(topic, "account"), c->account) != 0)
		return twin_refuse(
		    c, "AuthorizationError",
		    "User: %s is not authorized to perform: SNS:Publish on resource: %s", c->arn,
		    arn);
	return topic;
}

static json_t *topic_publish(struct twin *t, struct twin_call *c)
{
	json_t *topic = topic_find(t, c), *messages = json_object_get(topic, "messages");
	char id[TWIN_ID];
	json_t *kept;

	if (topic == NULL || !message_valid(c))
		return NULL;
	if (json_object_size(messages) >= MESSAGES_KEPT)
		json_object_del(messages, json_object_iter_key(json_object_iter(messages)));
	twin_id_uuid(t, id);
	kept = row_pick(c->input, "Subject Message");
	json_object_set_new(kept, "at", json_integer(twin_seconds(t)));
	json_object_set_new(messages, id, kept);
	return json_pack("{s:s}", "MessageId", id);
}

static const struct twin_op topic_ops[] = {
    {.name = "CreateTopic",
     .handler = topic_create,
     .needs = "Name",
     .mutates = true,
     .rate = RATE_SNS},
    {.name = "Publish", .handler = topic_publish, .needs = "TopicArn Message", .data = true},
};
const struct twin_service twin_topic_ops = {SERVICE_SNS, topic_ops,
					    sizeof topic_ops / sizeof topic_ops[0]};
