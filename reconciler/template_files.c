/* Embeds the files of examples/ci: the assembler reads them, so that what is tested there is what
 * is written. The Makefile knows that this object depends on them. */
#include "reconciler/template_files.h"

#ifndef CHARTER_COMMIT
#define CHARTER_COMMIT ""
#endif

const char template_commit[] = CHARTER_COMMIT;

/* Templates of CloudFormation go where no configuration is read: below a name with a dot. */
#define FILES                                                                                      \
	FILE_ROW(github_plan, "github", "github/charter-plan.yml",                                 \
		 ".github/workflows/charter-plan.yml")                                             \
	FILE_ROW(github_apply, "github", "github/charter-apply.yml",                               \
		 ".github/workflows/charter-apply.yml")                                            \
	FILE_ROW(github_drift, "github", "github/charter-drift.yml",                               \
		 ".github/workflows/charter-drift.yml")                                            \
	FILE_ROW(github_roles, "github", "github/roles.yaml", ".charter/charter-roles.yaml")       \
	FILE_ROW(gitlab, "gitlab", "gitlab/.gitlab-ci.yml", ".gitlab-ci.yml")                      \
	FILE_ROW(gitlab_roles, "gitlab", "gitlab/roles.yaml", ".charter/charter-roles.yaml")       \
	FILE_ROW(codepipeline, "codepipeline", "codepipeline/charter-pipeline.yaml",               \
		 ".charter/charter-pipeline.yaml")

#define FILE_ROW(name, ci, from, to)                                                               \
	__asm__(".pushsection .rodata\n"                                                           \
		".hidden template_" #name "\n"                                                     \
		".globl template_" #name "\n"                                                      \
		"template_" #name ":\n"                                                            \
		".incbin \"examples/ci/" from "\"\n"                                               \
		".hidden template_" #name "_end\n"                                                 \
		".globl template_" #name "_end\n"                                                  \
		"template_" #name "_end:\n"                                                        \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	extern const char template_##name[] __attribute__((visibility("hidden")));                 \
	extern const char template_##name##_end[] __attribute__((visibility("hidden")));
FILES
#undef FILE_ROW

#define FILE_ROW(name, ci, from, to) {ci, to, template_##name, template_##name##_end},
const struct template_file template_files[] = {FILES};
#undef FILE_ROW

const size_t template_files_n = sizeof template_files / sizeof *template_files;
