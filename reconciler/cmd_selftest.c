#include "reconciler/command.h"

int command_selftest(struct run *run, struct error *err)
{
	(void)run;
	return error_set(err, "selftest: not supported yet");
}
