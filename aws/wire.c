/* The table of wires, and what is done over all of it. */
#include "aws/wire.h"

const struct wire *const wires[KIND_COUNT] = {
#define KIND(ID, symbol) [KIND_##ID] = &wire_##symbol,
#include "state/kinds.def"
#undef KIND
};

void wires_deepen(struct crawl *crawl, const struct bound *bound)
{
	for (size_t i = 0; i < bound->rows; i++) {
		const struct row *row = &bound->row[i];

		if (row->live != NULL && wires[row_kind(row)]->deepen != NULL)
			wires[row_kind(row)]->deepen(crawl, row);
	}
}

void wires_read(struct crawl *crawl)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (wires[i]->read != NULL)
			wires[i]->read(crawl);
	}
}
