#include "reconciler/command.h"

int command_twin(struct run *run, struct error *err)
{
	(void)run;
	return error_set(err, "twin: not supported yet");
}
