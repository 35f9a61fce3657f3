/* import: configuration for what exists. */
#include "reconciler/command.h"

int command_import(struct run *run, struct error *err)
{
	(void)run;
	return error_set(err, "charter import: not supported yet");
}
