#include "race.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define LOOKS_BEFORE_YIELDING 50000

enum gate { CLOSED, OPEN, CALLED_OFF };

struct course {
    struct object object;
    alignas(64) _Atomic int arrived;
    _Atomic int gate;
    const struct race *race;
};

struct runner {
    struct course *course;
    struct part *part;
    uintptr_t number; /* from 1 */
};

static uint64_t read_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Spins, where pthread_barrier_wait would wake the threads one after the other: a whole run lasts
 * only milliseconds. The thread that comes last opens the gate, so that nobody else need run. To
 * yield is to wait for a whole time slice of whoever else wants the CPU: seldom. */
static bool pass_barrier(struct course *course) {
    if (atomic_fetch_add(&course->arrived, 1) + 1 == course->race->threads) atomic_store(&course->gate, OPEN);
    for (unsigned looks = 1;; looks++) {
        int gate = atomic_load(&course->gate);
        if (gate != CLOSED) return gate == OPEN;
        if (looks % LOOKS_BEFORE_YIELDING == 0) sched_yield();
    }
}

/* Always inlined, with constants for `way` and `pairs`: nothing is left of the choices. */
INLINE void work(struct runner *runner, enum way way, bool pairs) {
    struct object *object = &runner->course->object;
    uint64_t done = 0, repeat = runner->course->race->repeat;
    while (done < repeat) {
        uint64_t stop = repeat - done < TURN ? repeat : done + TURN;
        if (way == TURNS) pthread_mutex_lock(&object->lock);
        for (; done < stop; done++) {
            incref(object, runner->number, way);
            if (pairs && decref(object, runner->number, way) && !runner->part->zeroes++)
                runner->part->first_zero = (int64_t)done;
        }
        if (way == TURNS) pthread_mutex_unlock(&object->lock);
    }
}

#define WORK(way)                                                 \
    case way:                                                     \
        if (runner->course->race->pairs) work(runner, way, true); \
        else work(runner, way, false);                            \
        break

static void *run(void *argument) {
    struct runner *runner = argument;
    if (!pass_barrier(runner->course)) return NULL;
    struct part *part = runner->part;
    uint64_t cpu_ns = read_ns(CLOCK_THREAD_CPUTIME_ID);
    part->begin_ns = read_ns(CLOCK_MONOTONIC);
    switch (runner->course->race->way) {
        WORK(PLAIN);
        WORK(ATOMIC);
        WORK(BIASED);
        WORK(LOCKED);
        WORK(TURNS);
    case WAYS: break;
    }
    part->end_ns = read_ns(CLOCK_MONOTONIC);
    part->cpu_ns = read_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    /* Only the owner touches the local count, so only the owner can give it up. */
    if (load(&runner->course->object.owner) == runner->number) biased_merge(&runner->course->object);
    return NULL;
}

/* A CPU for each of several threads, as far as there are enough: a scheduler may keep threads that
 * live for milliseconds together on one CPU, where they would hardly meet. */
static int create(pthread_t *thread, const cpu_set_t *usable, struct runner *runner) {
    if (runner->course->race->threads == 1) return pthread_create(thread, NULL, run, runner);
    int skip = CPU_COUNT(usable) ? (int)(runner->number - 1) % CPU_COUNT(usable) : 0;
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, usable) && skip-- == 0) CPU_SET(cpu, &one);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int error = CPU_COUNT(&one) ? 0 : EINVAL;
    if (!error) error = pthread_attr_setaffinity_np(&attributes, sizeof one, &one);
    if (!error) error = pthread_create(thread, &attributes, run, runner);
    pthread_attr_destroy(&attributes);
    return error ? pthread_create(thread, NULL, run, runner) : 0;
}

static int start(struct course *course, struct runner *runners, pthread_t *threads, int *started) {
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable)) CPU_ZERO(&usable);
    /* Signals are for the threads of the program, whose handlers expect to be run there. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (*started = 0; *started < course->race->threads && !error; *started += !error)
        error = create(&threads[*started], &usable, &runners[*started]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) atomic_store(&course->gate, CALLED_OFF);
    return error;
}

static void sum_up(struct course *course, struct outcome *outcome) {
    uint64_t begin_ns = UINT64_MAX, end_ns = 0;
    for (int i = 0; i < course->race->threads; i++) {
        const struct part *part = &outcome->parts[i];
        if (part->begin_ns < begin_ns) begin_ns = part->begin_ns;
        if (part->end_ns > end_ns) end_ns = part->end_ns;
    }
    outcome->elapsed_ns = end_ns - begin_ns;
    outcome->count = references(&course->object, course->race->way);
}

int race(const struct race *race, struct outcome *outcome) {
    struct course course = {.race = race};
    struct runner runners[MOST_THREADS];
    pthread_t threads[MOST_THREADS];
    if (race->threads < 1 || race->threads > MOST_THREADS || race->repeat > MOST_REPEATS) return EINVAL;
    memset(outcome, 0, sizeof *outcome);
    pthread_mutex_init(&course.object.lock, NULL);
    /* The creator's reference. */
    atomic_init(&course.object.count, 1);
    atomic_init(&course.object.local, 1);
    atomic_init(&course.object.owner, race->owner_works ? 1 : MOST_THREADS + 1);
    for (int i = 0; i < race->threads; i++) {
        outcome->parts[i].first_zero = -1;
        runners[i] = (struct runner){&course, &outcome->parts[i], (uintptr_t)i + 1};
    }
    int started, error = start(&course, runners, threads, &started);
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
    if (!error) sum_up(&course, outcome);
    pthread_mutex_destroy(&course.object.lock);
    return error;
}
