/*
 * An assembler of seccomp filters: classic BPF, in which all jumps go forward. Each
 * function appends to a program.
 */
#ifndef SFTP_BPF_H
#define SFTP_BPF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_MAX 600
#define LABELS_MAX 16

/* A program under construction: the distances of jumps to labels are filled in at the end. */
struct program {
	struct sock_filter code[PROGRAM_MAX];
	uint8_t jump[PROGRAM_MAX]; /* 1 + the label that the instruction jumps to if true, or 0 */
	uint16_t start[LABELS_MAX];
	size_t length;
};

/* Returns the instruction's position. Aborts when the program is full. */
size_t emit(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf);
void emit_load(struct program *p, size_t offset); /* in struct seccomp_data */
/* Loads the lower half of an argument; the kernel ignores the upper half of those checked. */
void emit_load_argument(struct program *p, size_t index);
void emit_return(struct program *p, uint32_t value);
/* Jumps to the label if the comparison is true, otherwise continues. */
void emit_if(struct program *p, uint16_t comparison, uint32_t k, unsigned label);
void emit_label(struct program *p, unsigned label);
/* Allows the call if the loaded value is one of these, otherwise continues. */
void emit_allow(struct program *p, const uint32_t *values, size_t count);
/* Jumps to the position at which `end_jump` is called with the result. */
size_t emit_jump(struct program *p);
void end_jump(struct program *p, size_t jump);
/* Allows the call if the bit of the loaded number is set, otherwise makes it fail with
 * EPERM. The number must be less than 32 * words. */
void emit_decision(struct program *p, const uint32_t *bits, size_t words);
/* Ends the program. */
void resolve_labels(struct program *p);

#endif
