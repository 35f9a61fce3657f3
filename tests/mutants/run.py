#!/usr/bin/env python3
"""Breaks charter on purpose, one place at a time, and sees that its self-test notices.

Each mutant is a change of one source file (or two) in memory: the file is compiled anew and linked
before the library of the others, and the self-test is run with it, or a program of the unit tests
where the twin looks at no such thing (it evaluates no policies), or tests of whole runs at a forge.
One that passes is a hole; and the sound program must pass the same seeds, else a failure would say
nothing.

    tests/mutants/run.py [--build DIR] [--seeds N] [--python PYTHON] [NAME...]
"""

import argparse
import concurrent.futures
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def guard(name, function):
    """A guard that never refuses: another one, which has nothing to say, stands in its place."""
    return (
        "guards",
        [("reconciler/guard.c", f'{{"{name}", {function}}}', f'{{"{name}", guard_never}}')],
    )


REMOVALS = "reconciler/guard_removals.c"
SCALAR = "state/diff_scalar.c"
SET = "state/diff_set.c"
DIFF = "state/diff.c"
UNREAD = "state/diff_unread.c"
RETRY = "aws/retry.c"
READBACK = "reconciler/readback.c"

IDENTITY = "aws/identity.c"
EDGE = "state/diff_edge.c"
PRODUCT = "state/expand_identity.c"
STRANGER = "aws/sso/stranger.c"
ASSIGNMENT = "aws/sso/assignment.c"
TASK = "state/expand_task.c"
TEAM = "state/expand_team.c"
ACCOUNTS = "reconciler/run_accounts.c"

SEALED = "git/sealed.c"
HTTP = "git/forge_http.c"
FORGE = "git/forge.c"
COMMENT = "reconciler/cmd_comment.c"
DESK = "reconciler/desk.c"
MERGED = "reconciler/merged.c"
ANNOTATION = "reconciler/surface_annotation.c"
MARKDOWN = "base/escape_markdown.c"
STRENGTH = "state/access_strength.c"

LEDGER = "reconciler/ledger.c"
LOOKED = "reconciler/ledger_looked.c"
STORE = "reconciler/ledger_store.c"
ISSUE = "reconciler/issue.c"
ITEMS = "reconciler/drift_items.c"
RANK = "reconciler/drift_rank.c"
MATCH = "aws/trail_match.c"
EVENT = "aws/trail_event.c"

SKIPPED = "skipped"
# Kinds of scenarios that are tests of whole runs, in a directory of tests of that name.
WHOLE = ("forge:", "twin:")

# Name: scenario ("unit:PROGRAM": that one of tests/unit; "forge:TEST", "twin:TEST": that one of
# tests/forge, tests/twin) and changes, each of a file, what stands there, and what stands there
# instead.
MUTANTS = {
    # One for each guard that a configuration can trip. `account`, `churn` and `never` stand against
    # defects of charter itself: tests/unit/test_guards.c hands them such plans.
    "guard-hold": guard("hold", "guard_hold"),
    "guard-removals": guard("removals", "guard_removals"),
    "guard-sections": guard("sections", "guard_sections"),
    "guard-protected": guard("protected", "guard_protected"),
    "guard-break-glass": guard("break_glass", "guard_break_glass"),
    "guard-self": guard("self", "guard_self"),
    "guard-units": guard("units", "guard_units"),
    "guard-adopt": ("guards", [(SET, "(!value_known(s->base) || s->base.only);", "0;")]),
    "guard-organization": (
        "guards",
        [
            (
                "reconciler/guard_organization.c",
                'if (organization_pinned(head, "the configuration", world, err) != 0)',
                "if (0)",
            )
        ],
    ),
    "guard-reading": (
        "partial",
        [
            ("reconciler/guard.c", '{"reading", guard_reading}', '{"reading", guard_never}'),
            (UNREAD, "return row_unread_by(d, row, scope_unread);", "return NULL;"),
            (UNREAD, "return row_unread_by(d, row, scope_unread_held);", "return NULL;"),
        ],
    ),
    "removals-round-down": ("guards", [(REMOVALS, "read + 99) / 100", "read) / 100")]),
    "removals-all": (
        "guards",
        [(REMOVALS, "b->read >= 2 && n >= b->read ? b->read - 1 : n", "n")],
    ),
    "removals-looser": ("guards", [(REMOVALS, "base < head ? base : head", "head")]),
    "removals-allowance": (
        "guards",
        [(REMOVALS, "if (allow && allow->count > n)", "if (allow && allow->count >= n + 1 && 0)")],
    ),
    # One for each row of the three-way table: base, head, live.
    "row-a-b-a": ("table", [(SCALAR, "*reason = REASON_CONFIG;", "*reason = REASON_CONFLICT;")]),
    "row-a-a-b": ("table", [(SCALAR, "*reason = REASON_DRIFT;", "return false;")]),
    "row-a-b-c": ("table", [(SCALAR, "*reason = REASON_CONFLICT;", "*reason = REASON_DRIFT;")]),
    "row-a-b-b": (
        "table",
        [
            (
                SCALAR,
                "|| value_eq(head, live))",
                "|| (value_eq(head, live) && (base.state == VALUE_UNSET || value_eq(base, live))))",
            )
        ],
    ),
    "row-a-a-absent": (
        "table",
        [(DIFF, "\treturn REASON_DRIFT;\n}", "\treturn REASON_CONFLICT;\n}")],
    ),
    "row-a-b-absent": (
        "table",
        [
            (
                DIFF,
                "\t\t\treturn REASON_CONFLICT;\n",
                "\t\t\treturn REASON_DRIFT;\n",
            ),
        ],
    ),
    "row-none-b-absent": (
        "table",
        [(DIFF, "\t\trow_create(d);", "\t\t(void)row_create;")],
    ),
    "row-none-b-b": (
        "table",
        [
            (
                SCALAR,
                "|| value_eq(head, live))",
                "|| (value_eq(head, live) && base.state != VALUE_UNSET))",
            )
        ],
    ),
    "row-none-b-c": (
        "table",
        [(SCALAR, "live.state == VALUE_NONE ? REASON_CONFIG : REASON_ADOPT", "REASON_CONFIG")],
    ),
    "row-a-none-a": ("table", [(DIFF, "\trow_removed(d);", "\t(void)row_removed;")]),
    "row-a-none-c": (
        "table",
        [
            (
                DIFF,
                "row_delete(d, base_conflicts(d)",
                "if (!base_conflicts(d)) row_delete(d, base_conflicts(d)",
            )
        ],
    ),
    "row-a-none-absent": (
        "table",
        [(DIFF, "if (row->live == NULL && unread == NULL)\n\t\treturn;", "")],
    ),
    "row-none-none-c": (
        "table",
        [(DIFF, "\t\tnote_unmanaged(d, row);", "\t\trow_delete(d, REASON_DRIFT);")],
    ),
    "row-not-read": (
        "partial",
        [
            (UNREAD, "return row_unread_by(d, row, scope_unread);", "return NULL;"),
            ("reconciler/guard.c", '{"reading", guard_reading}', '{"reading", guard_never}'),
        ],
    ),
    "set-extra-stays": (
        "table",
        [
            (
                SET,
                "return in_base && s->base.only;\n\treturn true;",
                "return in_base && s->base.only;\n\treturn in_base;",
            ),
        ],
    ),
    "set-only": ("table", [(SET, "if (s->head.only || s->base.only)", "if (0)")]),
    "set-first": ("table", [(SET, "(!value_known(s->base) || s->base.only);", "0;")]),
    "tags-by-key": ("table", [(SET, "return in_base;\n", "return true;\n")]),
    # One for each retry class.
    "retry-transient": ("retry", [(RETRY, "20 * SECOND_US, 3, 14}", "20 * SECOND_US, 1, 14}")]),
    "retry-throttled": (
        "retry",
        [
            (
                RETRY,
                "[RETRY_THROTTLED] = {SECOND_US, 20 * SECOND_US, 12, 0}",
                "[RETRY_THROTTLED] = {SECOND_US, 20 * SECOND_US, 2, 0}",
            )
        ],
    ),
    "retry-conflict": (
        "retry",
        [
            (
                RETRY,
                "[RETRY_CONFLICT] = {SECOND_US, 20 * SECOND_US, 12, 0}",
                "[RETRY_CONFLICT] = {SECOND_US, 20 * SECOND_US, 2, 0}",
            )
        ],
    ),
    "retry-finalizing": ("retry", [(RETRY, "60 * SECOND_US, 12, 0}", "60 * SECOND_US, 1, 0}")]),
    "retry-settling": ("retry", [(RETRY, "10 * SECOND_US, 6, 0}", "10 * SECOND_US, 1, 0}")]),
    "retry-unsent": (
        "retry",
        [
            (
                RETRY,
                '"Unreachable") == 0 ? RETRY_TRANSIENT',
                '"Unreachable") == 0 ? RETRY_NEVER',
            ),
        ],
    ),
    "retry-blindly": (
        "retry",
        [
            (
                RETRY,
                "return op->mutates ? RETRY_NEVER : RETRY_TRANSIENT;",
                "return RETRY_TRANSIENT;",
            ),
        ],
    ),
    "retry-skew": (
        "retry",
        [
            (
                RETRY,
                '"RequestTimeTooSkewed",',
                '"Never",',
            ),
            (
                RETRY,
                '"SignatureDoesNotMatch",',
                '"Never",',
            ),
            (
                RETRY,
                '"RequestExpired",',
                '"Never",',
            ),
            (
                RETRY,
                '"RequestInTheFuture",',
                '"Never",',
            ),
            (
                RETRY,
                '"InvalidSignatureException"',
                '"Never"',
            ),
        ],
    ),
    "retry-lost": (
        "retry",
        [
            (
                READBACK,
                "case VERDICT_BEFORE:\n\t\treadback_before(errand);",
                "case VERDICT_BEFORE:\n\t\treadback_neither(errand);",
            ),
        ],
    ),
    "retry-read-once": ("retry", [(READBACK, "if (++errand->before < 2)", "if (0)")]),
    # Accounts, and how they are entered.
    "account-external-id": (
        "converge",
        [(IDENTITY, 'input_add(input, "ExternalId", access->external_id);', "")],
    ),
    "account-token": (
        "retry",
        [(IDENTITY, ".session_token = copy(c->session_token),", ".session_token = NULL,")],
    ),
    "account-session-policy": (
        "unit:test_session",
        [(IDENTITY, 'input_add(input, "Policy", access->policy);', "")],
    ),
    "account-read-twice": (
        "converge",
        [
            (
                ACCOUNTS,
                "|| map_put(seen, live->id->s, live))",
                "|| (map_put(seen, live->id->s, live), 0))",
            )
        ],
    ),
    "account-unread": (
        "partial",
        [("state/kind_iam.c", 'iam_scopes[] = {"iam/%s", NULL};', "iam_scopes[] = {NULL};")],
    ),
    "account-young": (
        "unit:test_session",
        [(IDENTITY, "if (!i->account->young || ", "if (1 || ")],
    ),
    "record-on-role": (
        "retry",
        [
            (
                "reconciler/reading.c",
                "return call->facts > 0 ? call->fact[0].kind : KIND_ORGANIZATION;",
                "return KIND_ORGANIZATION;",
            )
        ],
    ),
    # What is in accounts.
    "role-whole": (
        "converge",
        [
            (
                "aws/call.c",
                "return diff != NULL ? &diff->head : &change->row->live->v[attr];",
                "static const struct value none; return diff != NULL ? &diff->head : &none;",
            )
        ],
    ),
    "role-trust": ("converge", [("aws/iam/role.c", "\t\trole_trust_calls(calls, change);", "")]),
    "password-whole": (
        "converge",
        [
            (
                "aws/iam/account.c",
                "if (live == NULL || live->v[IAMACCOUNT_PASSWORD].state != VALUE_SET)",
                "if (1)",
            )
        ],
    ),
    "version-oldest": (
        "unit:test_calls_iam",
        [
            (
                "aws/iam/policy.c",
                "version_number(version) < version_number(oldest)",
                "version_number(version) > version_number(oldest)",
            )
        ],
    ),
    "version-never": (
        "unit:test_calls_iam",
        [("aws/iam/policy.c", "\t\tversion_delete_call(calls, row, oldest);", "\t\treturn;")],
    ),
    "key-inactive": (
        "unit:test_calls_iam",
        [("aws/iam/owned.c", 'json_string("Inactive")', 'json_string("Active")')],
    ),
    "trust-denied": (
        "unit:test_judge",
        [
            (
                "state/judge_trust.c",
                ".denied = principal_is_denied(t->policy, principal)",
                ".denied = false",
            )
        ],
    ),
    "lockout-minimum": (
        "unit:test_guard_lockout",
        [
            (
                "reconciler/administrators_watch.c",
                "w->needed = w->left < minimum_of(a->judge) ? w->left : minimum_of(a->judge);",
                "w->needed = 0;",
            )
        ],
    ),
    "lockout-boundary": (
        "unit:test_guard_lockout",
        [("reconciler/administrators.c", "return !says.gives || says.denies;", "return false;")],
    ),
    "guard-lockout": (
        "guards",
        [("reconciler/guard.c", '{"lockout", guard_lockout}', '{"lockout", guard_never}')],
    ),
    # Sections that stand for many.
    "baseline-except": (
        "converge",
        [
            (
                "state/select.c",
                '{"except", &selection->except}',
                '{"except", &(const struct node *){NULL}}',
            )
        ],
    ),
    "jump-mfa": ("converge", [(TEAM, "if (jump->require_mfa)", "if (0)")]),
    "jump-left": (
        "unit:test_plan_cases",
        [("state/expand_jump.c", "\tusers_manage(jump, account);", "")],
    ),
    "user-expires": (
        "converge",
        [("state/compile.c", "compiler->world->now_us > declaration->expires_us", "0")],
    ),
    "task-gate": (
        "unit:test_plan_cases",
        [("aws/iam/user.c", "principal_gate(call, row, EFFECT_LOSS);", "(void)0;")],
    ),
    "task-starts": (
        "unit:test_plan_cases",
        [(TASK, "task->waits = starts > now;", "task->waits = false;")],
    ),
    "task-credit": ("converge", [(TASK, "if (spend < pool->credit)", "if (1)")]),
    "task-left": (
        "unit:test_plan_cases",
        [(TASK, "bool left = at < task->pool->current && !task->over", "bool left = false")],
    ),
    "spend-unknown": (
        "unit:test_plan_cases",
        [(TASK, "pool->unknown = spend < 0;", "pool->unknown = false;")],
    ),
    # IAM Identity Center.
    "center-claims": (
        "unit:test_plan_cases",
        [(EDGE, "|| account == NULL || account->head == NULL)", "|| account == NULL)")],
    ),
    "center-drift": (
        "drift",
        [(EDGE, "? CLAIM_WHOLE : CLAIM_FIRST;", "? CLAIM_NONE : CLAIM_FIRST;")],
    ),
    "center-ended": (
        "converge",
        [(PRODUCT, "return a->ended ? 1 : -1;", "return a->ended ? -1 : 1;")],
    ),
    "center-twice": ("converge", [(PRODUCT, "edge_same(&edges[i], &edges[end]);)", "0;)")]),
    "center-strangers": (
        "partial",
        [
            (STRANGER, "if (first == NULL)\n\t\treturn;\n\tmessage", "return;\n\tmessage"),
            (
                STRANGER,
                "return stranger != NULL && stranger->state != STRANGER_GONE;",
                "return false;",
            ),
        ],
    ),
    "center-foreign": (
        "unit:test_plan_cases",
        [("state/kind_identity.c", ".foreign = user_foreign,", "")],
    ),
    "center-gate": ("unit:test_calls_identity", [(ASSIGNMENT, "\tcall->effect = effect;\n", "")]),
    "center-set-awaited": (
        "converge",
        [(ASSIGNMENT, "call_uses_made(calls, call, set_provisioned(calls->arena, set)->s);", "")],
    ),
    "center-provisioning": (
        "converge",
        [("aws/sso/set.c", "if (diff != NULL && set_is_somewhere(change->row->live))", "if (0)")],
    ),
    "center-stale": (
        "drift",
        [
            (
                "state/compile.c",
                "value_str(compiler->arena, PROVISIONED_EVERYWHERE);",
                "resource->v[PSET_PROVISIONED];",
            )
        ],
    ),
    "center-alone": (
        "drift",
        [("reconciler/execute.c", "if (!alone_turn(errand) || ", "if (")],
    ),
    "center-policies": (
        "unit:test_guard_center",
        [
            (
                "reconciler/guard.c",
                '{"customer_policies", guard_customer}',
                '{"customer_policies", guard_never}',
            )
        ],
    ),
    "center-lockout": (
        "unit:test_guard_center",
        [
            (
                "reconciler/administrators_center.c",
                "return has && settings_count(c, address);",
                "return false;",
            )
        ],
    ),
    # Pull requests: what is ours, what may be sent, what was approved, what a name may do.
    "sticky-digest": (
        "unit:test_sticky",
        [(SEALED, "*altered = strcmp(hex, digest) != 0;", "*altered = false;")],
    ),
    "sticky-block": (
        "unit:test_sticky",
        [
            (SEALED, "if (json->data[i] == '>')", "if (0)"),
            (SEALED, "json->data[i] == '-' && i &&", "0 &&"),
        ],
    ),
    "sticky-author": (
        "forge:test_comment.py::test_somebody_elses_comment_is_not_ours[github]",
        [(DESK, "if (all.at[i].ours)", "if (1)")],
    ),
    "sticky-editor": (
        "forge:test_comment.py::test_github_knows_who_edited",
        [(DESK, "c->sticky.altered |= all.at[i].altered;", "")],
    ),
    "sticky-edited": (
        "forge:test_comment.py::test_an_edited_comment_is_written_anew[github]",
        [(COMMENT, "if (!last->sticky.altered)", "if (1)")],
    ),
    "forge-ours-github": (
        "unit:test_forge",
        [
            (
                "git/forge_github.c",
                'json_is_true(json_object_get(node, "viewerDidAuthor"))',
                "true",
            )
        ],
    ),
    "forge-ours-gitlab": (
        "unit:test_forge",
        [("git/forge_gitlab.c", "f->knows_me && author == f->me", "true")],
    ),
    "forge-ours-gitea": (
        "unit:test_forge",
        [("git/forge_gitea.c", 'reply_number(value, "user.id") == f->me', "true")],
    ),
    "forge-ours-codecommit": (
        "unit:test_forge",
        [("git/forge_codecommit.c", "comment->ours =", "comment->ours = true ||")],
    ),
    "forge-post-blindly": ("unit:test_forge", [(HTTP, "ask->reads ? AGAIN : UNKNOWN", "AGAIN")]),
    "forge-link-elsewhere": (
        "unit:test_forge",
        [(HTTP, "*url != NULL && !url_is_ours(f, *url)", "0")],
    ),
    "forge-link-prefix": (
        "unit:test_forge",
        [(HTTP, "strncmp(url, f->api, n) != 0 || url[n] != '/'", "strncmp(url, f->api, n) != 0")],
    ),
    "forge-redirect": (
        "unit:test_http",
        [("base/http_exchange.c", "CURLOPT_FOLLOWLOCATION, 0L", "CURLOPT_FOLLOWLOCATION, 1L")],
    ),
    "forge-edit-again": (
        "unit:test_forge",
        [(FORGE, "if (body_same(now != NULL ? now : comment->body, body))", "if (0)")],
    ),
    "comment-older": (
        "forge:test_comment.py::test_an_older_run_changes_nothing[github]",
        [(COMMENT, "last->created_us > job->now.created_us", "0")],
    ),
    "comment-head": (
        "forge:test_comment.py::test_an_older_run_changes_nothing[github]",
        [(COMMENT, "strcmp(head, pull->head) != 0", "0")],
    ),
    "merged-head": (
        "forge:test_story_refusals.py::test_pushed_after_the_plan_without_a_change[twin]",
        [(MERGED, 'strcmp(s->commit, merge->pull.head ? merge->pull.head : "") != 0', "0")],
    ),
    "merged-altered": (
        "forge:test_story_refusals.py::test_comment_edited_with_a_digest_that_fits[twin-mallory]",
        [(MERGED, "if (s->altered)", "if (0)")],
    ),
    "merged-id": (
        "forge:test_story_refusals.py::test_no_change_that_the_merge_makes_one"
        "[twin-merge-by_pull_request]",
        [(MERGED, "if (strcmp(id, s->plan_id) == 0)", "if (1)")],
    ),
    "merged-orphan": (
        "forge:test_story_refusals.py::test_pushed_to_main_without_a_pull_request[twin-False]",
        [(MERGED, "if (r == 0 && m->orphan)", "if (0)")],
    ),
    "merged-stranger": (
        "forge:test_story_refusals.py::test_comment_of_another_author[twin]",
        [(DESK, "if (all.at[i].ours)", "if (1)")],
    ),
    "approval-drift": (
        "forge:test_story.py::test_drift_that_came_after_the_plan_stays[twin]",
        [
            (
                "reconciler/plan.c",
                "return shown && strcmp(shown, live) == 0;",
                "return !shown || strcmp(shown, live) == 0;",
            )
        ],
    ),
    "approval-action": (
        "unit:test_approval",
        [
            (
                "reconciler/approval.c",
                "return shown && strcmp(shown, hex) == 0;",
                "return !shown || strcmp(shown, hex) == 0;",
            )
        ],
    ),
    "surface-percent": ("unit:test_surface", [(ANNOTATION, r'"%\r\n:," : "%\r\n"', r'":," : ""')]),
    "surface-newline": (
        "unit:test_surface",
        [("reconciler/surface_values.c", "id && str_is_hex(id, 0, SIZE_MAX)", "id")],
    ),
    "markdown-mention": ("unit:test_report_hostile", [(MARKDOWN, "case '@':\n", "")]),
    "report-losses": (
        "unit:test_report_scale",
        [
            (
                "reconciler/report_markdown.c",
                "buf_add(b, buf_str(&access), access.len);",
                "buf_add(b, buf_str(&access), access.len < 3000 ? access.len : 3000);",
            )
        ],
    ),
    "strength-of-all": (
        "unit:test_access_identity",
        [(STRENGTH, "return path->document->strength;", "return STRENGTH_READ;")],
    ),
    "strength-not-read": (
        "unit:test_access_identity",
        [(STRENGTH, "if (!slot_is_read(access, row, when))", "if (0)")],
    ),
    # Nights: what is remembered and told, who did it, what it is worth.
    "ledger-part": ("unit:test_ledger", [(LOOKED, "if (map_get(l->parts, name))", "if (0)")]),
    "ledger-whole": (
        "unit:test_ledger",
        [(LOOKED, "end; end = strrchr(name, '/')", "end; end = NULL")],
    ),
    "ledger-nowhere": (
        "unit:test_ledger",
        [(LOOKED, "l->nowhere |= !doc->complete && !doc->unread_n;", "")],
    ),
    "ledger-passed": (
        "unit:test_ledger",
        [(LOOKED, "if (pattern_match(l->pattern.at[i], address))", "if (0)")],
    ),
    "ledger-let-be": (
        "unit:test_ledger",
        [(LEDGER, "item->quiet = known->quiet && same;", "item->quiet = known->quiet;")],
    ),
    "ledger-other-value": (
        "unit:test_ledger",
        [(LEDGER, "((!same && !f->late) || item_is_untold", "(item_is_untold")],
    ),
    "ledger-untold": (
        "unit:test_ledger",
        [(LEDGER, "return known->fresh && (!f->l->told || known->last_us < f->l->last_us);",
          "return known->fresh && !f->l->told;")],
    ),
    "ledger-late": ("unit:test_ledger", [(LEDGER, "f.late = f.now_us <= l->last_us;", "")]),
    "ledger-crowd": (
        "unit:test_ledger",
        [(LEDGER, "return strncmp(hex, f->l->left_digest, DRIFT_NAME - 1) == 0;", "return true;")],
    ),
    "ledger-back": (
        "unit:test_ledger",
        [(LEDGER, "if (map_get(f->seen, l->resolved[i].name))", "if (0)")],
    ),
    "ledger-ahead": (
        "unit:test_ledger",
        [(LEDGER, "if (l->last_us <= now_us + AHEAD_US)", "if (1)")],
    ),
    "object-met": (
        "unit:test_ledger",
        [(STORE, 'json_object_set_new(input, "IfMatch", json_string(s->etag));', ";")],
    ),
    "object-first": (
        "unit:test_ledger",
        [(STORE, 'json_object_set_new(input, "IfNoneMatch", json_string("*"));', ";")],
    ),
    "object-lost": ("unit:test_ledger", [(STORE, "if (object_is(s, b))", "if (0)")]),
    "object-another": (
        "unit:test_ledger",
        [(STORE, "memcmp(body, buf_str(b), len) == 0)", "1)")],
    ),
    "trail-own": ("unit:test_trail", [(EVENT, "if (strcmp(*own, e->session) == 0)", "if (0)")]),
    "trail-own-agent": (
        "unit:test_trail",
        [(EVENT, '!str_starts(e->agent, "charter/")', "0")],
    ),
    "trail-failed": (
        "unit:test_trail",
        [(EVENT, 'json_object_get(record, "errorCode") == NULL', "1")],
    ),
    "trail-account": (
        "unit:test_trail",
        [(MATCH, "if (seen[e].group == group && event_fit", "if (event_fit")],
    ),
    "trail-object": (
        "unit:test_trail",
        [(MATCH, "(q->object == NULL || event_has(e, q->object)) &&", "1 &&")],
    ),
    "trail-sign": (
        "unit:test_trail",
        [(MATCH, "return !(sign == '+' && call_takes(name)) &&", "return 1 &&")],
    ),
    "trail-blind": (
        "unit:test_trail",
        [(MATCH, "!session_is_same(&seen[newest].event, &seen[e].event)", "0")],
    ),
    "rank-trust": (
        "unit:test_drift_items",
        [(RANK, "{KIND_IAM_ROLE, ROLE_TRUST, WORTH_FENCE},", "")],
    ),
    "rank-group": (
        "unit:test_drift_items",
        [(RANK, "{KIND_IAM_USER, USER_GROUPS, WORTH_GROUP},", "")],
    ),
    "rank-given": (
        "unit:test_drift_items",
        [(RANK, "level = level_most(level, given);", "")],
    ),
    "rank-break-glass": (
        "unit:test_drift_items",
        [(ITEMS, "item.rank = DRIFT_RANK_BREAK_GLASS;", ";")],
    ),
    "drift-attached": (
        "unit:test_drift_items",
        [("reconciler/drift_scope.c", "{KIND_UNIT, UNIT_POLICIES, DRIFT_SCOPE_ATTACHED}",
          '{KIND_UNIT, UNIT_POLICIES, "attachments"}')],
    ),
    "drift-unlisted": (
        "twin:test_partial_nights.py::"
        "test_denied[twin-organizations:ListOrganizationalUnitsForParent-False]",
        [(ITEMS, "if (item_is_unclear(l, &item, row, d))", "if (0)")],
    ),
    "issue-hand-closed": (
        "forge:test_issue.py::test_closed_by_hand[github]",
        [(ISSUE, "ledger_quiet(&k->ledger);", ";")],
    ),
    "issue-same": (
        "forge:test_issue.py::test_the_whole_life[github]",
        [(ISSUE, "if (kept && !kept->body.altered && !result->news.changed &&", "if (0 &&")],
    ),
    "issue-ours": (
        "forge:test_issue.py::test_a_look_alike_of_somebody_else[github]",
        [(ISSUE, "if (all.at[i].ours)", "if (1)")],
    ),
    "issue-older": (
        "forge:test_issue.py::test_an_older_report[github]",
        [(ISSUE, "if (k->ledger.last_us > k->created_us) {", "if (0) {")],
    ),
    "issue-applied": (
        "forge:test_issue.py::test_an_apply_closes_it[github]",
        [("reconciler/issue_applied.c", "if (!map_get(names, item->name)) {", "if (0) {")],
    ),
    "notify-untold": ("unit:test_notify", [("reconciler/notify.c", "*told = false;", ";")]),
    "notify-partial": (
        "unit:test_notify",
        [("reconciler/notify_text.c", "return m->doc->complete && (", "return (")],
    ),
    # Files that people wrote, and whose they are.
    "owner-last": (
        "unit:test_owners",
        [("git/owners.c", "if (last[r->section] == NULL && rule_fits", "if (rule_fits")],
    ),
}


def shell(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def mutate(name, changes, folder):
    """The mutated files, below the folder, by their old paths."""
    texts = {}
    for path, old, new in changes:
        text = texts.get(path, (ROOT / path).read_text())
        if text.count(old) < 1:
            sys.exit(f"{name}: {path} has no {old!r} any more: the mutant needs care")
        texts[path] = text.replace(old, new, 1)
    out = []
    for path, text in texts.items():
        copy = folder / path.replace("/", "_")
        copy.write_text(text)
        out.append(copy)
    return out


def build(name, changes, folder, library, unit):
    packages = "libgit2 libcurl openssl jansson yaml-0.1 expat libmicrohttpd librnp".split()
    flags = shell("pkg-config", "--cflags", *packages).split()
    libs = shell("pkg-config", "--libs", *packages).split()
    files = mutate(name, changes, folder)
    program = folder / "charter"
    objects = [library / "reconciler/main.o"]
    if unit:
        shared = (library / "tests/unit").glob("*.o")
        objects = [library / f"tests/unit/{unit}.o"]
        objects += [path for path in shared if not path.name.startswith("test_")]
        libs.append("-lcmocka")
    shell(
        "cc", "-std=gnu17", "-O1", "-w", "-D_GNU_SOURCE", '-DCHARTER_VERSION="0"', "-I.", *flags,
        "-o", str(program), *map(str, files), *map(str, objects),
        str(library / "libcharter.a"), *libs, "-lm",
    )  # fmt: skip
    return program


# What a broken program may take before it is ended: some of them make lists without an end.
MEMORY = 4 << 30


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def unit_test(program):
    """None when it passes; else the first line of what failed."""
    run = subprocess.run(
        [program], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
        preexec_fn=limited,
    )  # fmt: skip
    if run.returncode == 0:
        return None
    text = (run.stdout + run.stderr).splitlines()
    failed = [line for line in text if "FAILED" in line or line.startswith("ERROR")]
    return failed[0] if failed else f"exit {run.returncode}"


def whole_test(program, test, python):
    """None when it passes; else the first line of what failed. SKIPPED: it cannot be run here."""
    run = subprocess.run(
        [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/{test}"],
        cwd=ROOT, env={**os.environ, "CHARTER_BIN": str(program)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode > 1:
        sys.exit(f"{test}: pytest does not run it: {(run.stdout + run.stderr)[-500:]}")
    if run.returncode == 0:
        return None if " passed" in run.stdout else SKIPPED
    failed = [line[2:] for line in run.stdout.splitlines() if line.startswith("E ")]
    return failed[0].strip() if failed else f"exit {run.returncode}"


def selftest(program, seeds, scenario):
    """None when it passes; else the first line that names a seed."""
    run = subprocess.run(
        [program, "selftest", "-q", "--workers", "1", "--seeds", seeds, "--scenario", scenario],
        capture_output=True, text=True, check=False, preexec_fn=limited,
    )  # fmt: skip
    if run.returncode == 0:
        return None
    if "out of memory" in run.stderr:
        return "out of memory"
    failed = [line for line in run.stderr.splitlines() if line.startswith("seed ")]
    if not failed:
        sys.exit(f"{scenario}: the self-test does not run: {run.stderr[-500:]}")
    return failed[0]


def unit_of(scenario):
    """The program's name; None: it is of another kind."""
    return scenario.removeprefix("unit:") if scenario.startswith("unit:") else None


def run_scenario(scenario, program, args):
    if scenario.startswith(WHOLE):
        return whole_test(program, scenario.replace(":", "/", 1), args.python)
    return unit_test(program) if unit_of(scenario) else selftest(program, args.seeds, scenario)


def sound(scenario, args, library):
    unit = unit_of(scenario)
    program = library / (f"tests/unit/{unit}" if unit else "charter")
    return run_scenario(scenario, program, args)


def try_one(name, args, library):
    """The line to print, and whether the break was noticed."""
    scenario, changes = MUTANTS[name]
    with tempfile.TemporaryDirectory() as folder:
        program = build(name, changes, pathlib.Path(folder), library, unit_of(scenario))
        failed = run_scenario(scenario, program, args)
    return f"{name:22} {'caught' if failed else 'SURVIVED'}  {(failed or '')[:110]}", bool(failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="as make's BUILD")
    parser.add_argument("--seeds", default="400")
    venv = ROOT / ".venv/bin/python"
    parser.add_argument("--python", default=str(venv if venv.exists() else sys.executable),
                        help="the one that has pytest")  # fmt: skip
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    names = args.names or list(MUTANTS)
    library = pathlib.Path(os.path.abspath(args.build)) / "debug"
    scenarios = sorted({MUTANTS[name][0] for name in names})
    units = [f"{args.build}/debug/tests/unit/{unit_of(s)}" for s in scenarios if unit_of(s)]
    shell("make", "-s", f"BUILD={args.build}", f"{args.build}/debug/libcharter.a",
          f"{args.build}/debug/charter", f"{args.build}/debug/reconciler/main.o",
          *units, *(f"{unit}.o" for unit in units))  # fmt: skip
    caught, skipped = 0, set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = pool.map(lambda s: sound(s, args, library), scenarios)
        for scenario, failed in zip(scenarios, runs):
            if failed is SKIPPED:
                print(f"{scenario}: skipped, it needs what is not installed here", flush=True)
                skipped.add(scenario)
            elif failed:
                sys.exit(f"{scenario}: the sound program fails: {failed}")
        names = [name for name in names if MUTANTS[name][0] not in skipped]
        for line, good in pool.map(lambda n: try_one(n, args, library), names):
            print(line, flush=True)
            caught += good
    print(f"{len(names)} mutants, {len(names) - caught} survived")
    return 0 if caught == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
