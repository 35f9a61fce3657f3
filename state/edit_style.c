/* The style of a file: what most of its pieces of a sort do. */
#include "state/edit_tree.h"

#include <string.h>

#define STEP_MAX 9

struct votes {
	unsigned step[STEP_MAX], dash[STEP_MAX];
	unsigned single, quoted, needless, plain; /* strings */
	unsigned list_flow, list_block, bracket, no_bracket, brace, no_brace, compact, spaced;
	unsigned keys_plain;
	bool tabs;
};

static void scalar_votes(const struct piece *piece, struct votes *votes)
{
	switch (piece->style) {
	case PIECE_SINGLE:
	case PIECE_DOUBLE:
		votes->single += piece->style == PIECE_SINGLE;
		votes->quoted++;
		votes->needless += edit_is_plain(piece->text, piece->len, piece->in_flow);
		break;
	case PIECE_PLAIN:
		votes->plain += edit_is_plain(piece->text, piece->len, piece->in_flow);
		break;
	default:
		break;
	}
}

static bool holds_scalars(const struct piece *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (list->part[i].value->type != NODE_SCALAR)
			return false;
	}
	return list->n > 0;
}

static void flow_votes(const struct text_edit *edit, const struct piece *piece, struct votes *votes)
{
	const struct part *first = &piece->part[0];
	size_t outer = line_begin(edit, piece->start), inner = line_begin(edit, first->start);

	if (outer != inner) {
		unsigned a = line_indent(edit, outer), b = line_indent(edit, inner);

		votes->tabs = votes->tabs || edit->data[inner] == '\t';
		if (b > a && b - a < STEP_MAX)
			votes->step[b - a]++;
	} else if (piece->type == NODE_LIST) {
		votes->bracket += edit->data[piece->start + 1] == ' ';
		votes->no_bracket += edit->data[piece->start + 1] != ' ';
	} else {
		votes->brace += edit->data[piece->start + 1] == ' ';
		votes->no_brace += edit->data[piece->start + 1] != ' ';
	}
	for (uint32_t i = 1; i < piece->n; i++) {
		votes->compact += piece->part[i].start == piece->part[i - 1].end + 1;
		votes->spaced += piece->part[i].start > piece->part[i - 1].end + 1;
	}
	for (uint32_t i = 0; piece->type == NODE_MAP && i < piece->n; i++)
		votes->keys_plain += edit->data[piece->part[i].start] != '"';
}

static void block_votes(const struct text_edit *edit, const struct piece *piece,
			struct votes *votes)
{
	size_t column = line_column(edit, piece->part[0].start);

	if (piece->type == NODE_MAP)
		votes->keys_plain += piece->n;
	if (piece->after == 0 || column < piece->indent || column - piece->indent >= STEP_MAX ||
	    line_begin(edit, piece->after) == line_begin(edit, piece->part[0].start) ||
	    edit->data[piece->after - 1] != ':')
		return;
	if (piece->type == NODE_LIST)
		votes->dash[column - piece->indent]++;
	else
		votes->step[column - piece->indent]++;
}

static void piece_votes(const struct text_edit *edit, const struct piece *piece,
			struct votes *votes)
{
	if (piece->type == NODE_SCALAR) {
		scalar_votes(piece, votes);
		return;
	}
	if (piece->type == NODE_LIST && holds_scalars(piece)) {
		bool lines = !piece->flow || line_begin(edit, piece->start) !=
						 line_begin(edit, piece->part[0].start);

		votes->list_block += lines;
		votes->list_flow += !lines;
	}
	if (piece->n > 0 && piece->flow)
		flow_votes(edit, piece, votes);
	else if (piece->n > 0)
		block_votes(edit, piece, votes);
	for (uint32_t i = 0; i < piece->n; i++)
		piece_votes(edit, piece->part[i].value, votes);
}

static unsigned most(const unsigned *votes, unsigned first, unsigned otherwise)
{
	unsigned best = otherwise;

	for (unsigned i = first; i < STEP_MAX; i++) {
		if (votes[i] > votes[best])
			best = i;
	}
	return best;
}

void style_find(struct text_edit *edit)
{
	struct votes votes = {0};
	size_t len = strlen(edit->file);
	struct edit_style *style = &edit->style;
	bool json_name = len > 5 && strcmp(edit->file + len - 5, ".json") == 0;

	*style = EDIT_STYLE;
	if (edit->root != NULL)
		piece_votes(edit, edit->root, &votes);
	style->json = (edit->root != NULL && edit->root->flow && votes.keys_plain == 0 &&
		       votes.single == 0 && votes.plain == 0) &&
		      (json_name || edit->data[edit->root->start] == '{');
	style->tabs = votes.tabs;
	style->step = most(votes.step, 1, votes.tabs ? 1 : 2);
	style->dash = most(votes.dash, 0, style->step);
	style->quote = votes.single * 2 > votes.quoted ? '\'' : '"';
	style->quote_always = votes.needless > votes.plain;
	style->block_lists = votes.list_block > votes.list_flow;
	style->brackets = votes.bracket > votes.no_bracket;
	style->braces = votes.brace > votes.no_brace;
	style->compact = votes.compact > votes.spaced;
}
