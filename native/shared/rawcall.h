/* A system call that asks nobody but the kernel: no library that was loaded before the C library, and
 * no errno, which may be another thread's where memory is shared. */
#ifndef GILSCOPE_RAWCALL_H
#define GILSCOPE_RAWCALL_H

#if defined(__has_attribute)
#if __has_attribute(no_stack_protector)
#define NO_STACK_PROTECTOR __attribute__((no_stack_protector))
#endif
#endif
#ifndef NO_STACK_PROTECTOR
#define NO_STACK_PROTECTOR
#endif
/* Code that may run on a stack of its own, where no checker knows it. */
#define UNCHECKED NO_STACK_PROTECTOR __attribute__((no_sanitize("address", "thread", "undefined")))

/* The result, or an error number below zero. */
UNCHECKED static inline long raw_call(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
    register long fourth __asm__("r10") = d;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long result __asm__("x0") = a, second __asm__("x1") = b, third __asm__("x2") = c,
                         fourth __asm__("x3") = d, which __asm__("x8") = number;
    __asm__ volatile("svc 0" : "+r"(result) : "r"(second), "r"(third), "r"(fourth), "r"(which) : "memory");
    return result;
#endif
}

#endif
