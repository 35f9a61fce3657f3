/* What a notification says, for each kind of receiver. Pure. */
#ifndef CHARTER_RECONCILER_NOTIFY_TEXT_H
#define CHARTER_RECONCILER_NOTIFY_TEXT_H

#include "base/buf.h"
#include "reconciler/notify.h"

#include <jansson.h>

enum notify_transition { NOTIFY_NOTHING, NOTIFY_BEGAN, NOTIFY_GREW, NOTIFY_STANDS, NOTIFY_ENDED };
enum notify_transition notify_transition(const struct notify_message *);

#define NOTIFY_SUBJECT 100  /* characters of SNS, ASCII */
#define NOTIFY_PLAIN   8000 /* bytes; SNS takes 256 KiB, what it passes messages on to less */
#define NOTIFY_TEXT    3000 /* bytes of a webhook's text: what a block of Slack holds */

/* One line for a subject. */
void notify_subject(const struct notify_message *, char out[NOTIFY_SUBJECT + 1]);
/* For mail and the like. */
void notify_plain(const struct notify_message *, struct buf *out);
/* {"text", "blocks"} of Slack's webhooks; those of Mattermost and Teams read `text`. New. */
json_t *notify_slack(const struct notify_message *);

#endif
