/* Shell scripts of tests: git, mostly. */
#ifndef CHARTER_TESTS_SCRIPT_H
#define CHARTER_TESTS_SCRIPT_H

/* Runs it and returns what it prints, without final newlines; the caller frees it. The test fails
 * when the script does. */
char *script_run(const char *script);

#endif
