/* IAM Identity Center in a run: whether a configuration speaks of it, where it is, how it is read.
 */
#include "reconciler/run_accounts.h"

/* The settings of the first configuration that has the section: head's, else that of what was
 * applied before. NULL: none speaks of it, as far as is known. */
static const struct settings *identity_settings(const struct run *run)
{
	const struct configuration *of[] = {&run->head, &run->target, &run->base};

	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		if (of[i]->config && of[i]->config->settings.identity_region)
			return &of[i]->config->settings;
	for (size_t i = 0; i < run->unfinished.n; i++)
		if (run->unfinished.at[i].config &&
		    run->unfinished.at[i].config->settings.identity_region)
			return &run->unfinished.at[i].config->settings;
	return NULL;
}

bool run_speaks_of_identity(const struct run *run)
{
	return identity_settings(run) != NULL;
}

/* Each Sunday (UTC) the nightly look for drift is exact: 1970 began on a Thursday. */
static bool reading_is_exact(const struct run *run)
{
	return run->options->exact ||
	       (run->options->command == COMMAND_DRIFT && (run->now_us / DAY_US + 4) % 7 == 0);
}

int run_identity(struct run *run, struct crawl *crawl, struct error *err)
{
	const struct settings *settings = identity_settings(run);
	struct identity_wanted wanted = {.exact = reading_is_exact(run)};
	static const enum service_id ids[] = {SERVICE_SSO_ADMIN, SERVICE_IDENTITY_STORE};

	if (!settings || run->identity_read || run->world.no_organization)
		return 0;
	run->identity_read = true;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (client_set_region(run->client, ids[i], settings->identity_region->s, err) != 0)
			return -1;
	identity_read(crawl, &wanted);
	return 0;
}
