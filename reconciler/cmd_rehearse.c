#include "reconciler/command.h"

int command_rehearse(struct run *run, struct error *err)
{
	(void)run;
	return error_set(err, "rehearse: not supported yet");
}
