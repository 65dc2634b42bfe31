/* The numbers behind the addon: plain C without Node-API, vectorised by the compiler as far as the variant allows. */
#ifndef ACME_DSP_H
#define ACME_DSP_H

#include <stddef.h>

enum dsp_window { DSP_RECTANGULAR, DSP_HANN, DSP_HAMMING, DSP_WINDOWS };

/* Sum of a[i] * b[i]. */
double dsp_dot(const double *a, const double *b, size_t n);

/* Multiplies x by the window's curve, in place. */
void dsp_apply_window(double *x, size_t n, enum dsp_window kind);

/* The x86-64 level this file was compiled for ("x86-64-v3"), or the architecture's name. */
const char *dsp_compiled_for(void);

/* Whether the CPU that runs this has AVX2, whatever the file was compiled for. */
int dsp_cpu_has_avx2(void);

#endif
