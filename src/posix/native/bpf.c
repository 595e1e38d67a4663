/* An assembler of seccomp filters. */
#include "bpf.h"

#include <linux/seccomp.h>
#include <stdlib.h>

#define WORDS_MAX 32

size_t
emit(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (p->length == PROGRAM_MAX)
		abort();
	p->code[p->length] = (struct sock_filter){ code, jt, jf, k };
	p->jump[p->length] = 0;
	return p->length++;
}

void
emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

void
emit_load_argument(struct program *p, size_t index)
{
	emit_load(p, offsetof(struct seccomp_data, args) + 8 * index);
}

void
emit_return(struct program *p, uint32_t value)
{
	emit(p, BPF_RET | BPF_K, value, 0, 0);
}

void
emit_if(struct program *p, uint16_t comparison, uint32_t k, unsigned label)
{
	p->jump[emit(p, BPF_JMP | BPF_K | comparison, k, 0, 0)] = (uint8_t)(1 + label);
}

void
emit_label(struct program *p, unsigned label)
{
	p->start[label] = (uint8_t)p->length;
}

void
emit_allow(struct program *p, const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		emit(p, BPF_JMP | BPF_K | BPF_JEQ, values[i], (uint8_t)(count - i), 0);
	emit(p, BPF_JMP | BPF_JA, 1, 0, 0);
	emit_return(p, SECCOMP_RET_ALLOW);
}

/* A binary search among `count` words of `bits` from `first` on. Loads the word for the
 * loaded number and jumps to the end of the search; `ends` collects these jumps. */
static void
emit_words(struct program *p, const uint32_t *bits, size_t first, size_t count, size_t *ends,
    size_t *end_count)
{
	size_t branch;

	if (count == 1) {
		emit(p, BPF_LD | BPF_IMM, bits[first], 0, 0);
		ends[(*end_count)++] = emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
		return;
	}
	branch = emit(p, BPF_JMP | BPF_K | BPF_JGE, (uint32_t)(32 * (first + count / 2)), 0, 0);
	emit_words(p, bits, first, count / 2, ends, end_count);
	p->code[branch].jt = (uint8_t)(p->length - branch - 1);
	emit_words(p, bits, first + count / 2, count - count / 2, ends, end_count);
}

void
emit_allow_bits(struct program *p, const uint32_t *bits, size_t words, size_t offset)
{
	size_t ends[WORDS_MAX], end_count = 0;

	if (words > WORDS_MAX)
		abort();
	emit_words(p, bits, 0, words, ends, &end_count);
	for (size_t i = 0; i < end_count; i++)
		p->code[ends[i]].k = (uint32_t)(p->length - ends[i] - 1);
	/* The lower bits of the number choose the bit. */
	emit(p, BPF_ST, 0, 0, 0);
	emit_load(p, offset);
	emit(p, BPF_ALU | BPF_K | BPF_AND, 31, 0, 0);
	emit(p, BPF_MISC | BPF_TAX, 0, 0, 0);
	emit(p, BPF_LD | BPF_MEM, 0, 0, 0);
	emit(p, BPF_ALU | BPF_X | BPF_RSH, 0, 0, 0);
	emit(p, BPF_JMP | BPF_K | BPF_JSET, 1, 0, 1);
	emit_return(p, SECCOMP_RET_ALLOW);
}

void
resolve_labels(struct program *p)
{
	for (size_t i = 0; i < p->length; i++)
		if (p->jump[i] != 0)
			p->code[i].jt = (uint8_t)(p->start[p->jump[i] - 1] - i - 1);
}
