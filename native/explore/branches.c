/* Where an exhaustive search goes on, and which threads need not be tried there: sleep sets. */
#include "explore/branches.h"

#include <stdlib.h>

static uint64_t bit(int thread) { return UINT64_C(1) << thread; }

static int lowest(uint64_t threads) { return __builtin_ctzll(threads); }

static void drop_sleepers(sleeper *all, int count) {
    for (int i = 0; i < count; i++) step_drop(all[i].step);
    free(all);
}

static void forget_woken(branching *there) {
    drop_sleepers(there->woken, there->woken_count);
    there->woken = NULL;
    there->woken_count = 0;
}

static void forget_last(path *way) {
    branching *last = last_of(way);
    forget_woken(last);
    drop_sleepers(last->sleepers, last->sleeper_count);
    step_drop(last->taken);
    way->count--;
}

void path_free(path *way) {
    while (way->count) forget_last(way);
    free(way->all);
    free(way->wakers.all);
}

static void put_to_sleep(branching *there, int thread, step *asleep, long numbered) {
    int at = 0;
    while (at < there->sleeper_count && there->sleepers[at].thread != thread) at++;
    there->sleepers = with_room(there->sleepers, &there->sleeper_room, at, sizeof(sleeper));
    if (at < there->sleeper_count) step_drop(there->sleepers[at].step);
    else there->sleeper_count++;
    there->sleepers[at] = (sleeper){thread, step_use(asleep), numbered};
    there->asleep |= bit(thread);
}

static void note_woken(branching *there, const sleeper *each) {
    if (!each->step || each->step->count <= 1) return;
    size_t count = (size_t)there->woken_count + 1;
    there->woken = checked(realloc(there->woken, count * sizeof(sleeper)));
    there->woken[there->woken_count++] = (sleeper){each->thread, step_use(each->step), each->numbered};
}

/* Those of the last state that what was taken there did not wake. */
static void keep_asleep(path *way, branching *now) {
    if (!way->count) return;
    branching *before = last_of(way);
    forget_woken(before);
    for (int i = 0; i < before->sleeper_count; i++) {
        const sleeper *each = &before->sleepers[i];
        if (each->step && before->taken && may_wake(each->step, each->numbered, before->taken))
            note_woken(before, each);
        else put_to_sleep(now, each->thread, each->step, each->numbered);
    }
    if (before->woken_count) numbers_add(&way->wakers, way->count - 1);
}

/* The one that ran, if it can, as that is easiest to read. */
static int choose_awake(const branching *now, int ran) {
    uint64_t awake = now->enabled & ~now->asleep;
    if (!awake) return NOBODY;
    return ran >= 0 && awake & bit(ran) ? ran : lowest(awake);
}

int path_choose(path *way, uint64_t enabled, long numbered) {
    branching now = {.enabled = enabled, .numbered = numbered, .chosen = NOBODY};
    keep_asleep(way, &now);
    now.chosen = choose_awake(&now, way->count ? last_of(way)->chosen : NOBODY);
    if (now.chosen == NOBODY) {
        drop_sleepers(now.sleepers, now.sleeper_count);
        return NOBODY;
    }
    now.wanted = bit(now.chosen);
    way->all = with_room(way->all, &way->room, way->count, sizeof(branching));
    way->all[way->count++] = now;
    return now.chosen;
}

static bool next_branch(branching *here) {
    put_to_sleep(here, here->chosen, here->taken, here->numbered);
    uint64_t left = here->wanted & ~here->asleep;
    if (left) here->chosen = lowest(left);
    return left != 0;
}

bool path_next(path *way) {
    while (way->count && !next_branch(last_of(way))) forget_last(way);
    int last = way->count ? way->count - 1 : 0;
    while (way->wakers.count && way->wakers.all[way->wakers.count - 1] >= last) way->wakers.count--;
    return way->count > 0;
}

void want_one_of(branching *there, uint64_t threads) {
    uint64_t possible = threads & there->enabled;
    there->wanted |= possible ? possible & -possible : there->enabled;
}
