#include "dsp.h"

#include <math.h>

/* Four sums of their own, so that the compiler may use whole vectors without reordering a sum. */
double dsp_dot(const double *a, const double *b, size_t n) {
  double sum[4] = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; k++) sum[k] += a[i + k] * b[i + k];
  for (; i < n; i++) sum[0] += a[i] * b[i];
  return sum[0] + sum[1] + sum[2] + sum[3];
}

static double curve(enum dsp_window kind, double phase) {
  switch (kind) {
    case DSP_HANN: return 0.5 - 0.5 * cos(phase);
    case DSP_HAMMING: return 0.54 - 0.46 * cos(phase);
    default: return 1.0;
  }
}

void dsp_apply_window(double *x, size_t n, enum dsp_window kind) {
  const double step = n > 1 ? 6.283185307179586 / (double)(n - 1) : 0.0;
  for (size_t i = 0; i < n; i++) x[i] *= curve(kind, step * (double)i);
}

const char *dsp_compiled_for(void) {
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)
  return "x86-64-v4";
#elif defined(__AVX2__) && defined(__BMI2__) && defined(__FMA__)
  return "x86-64-v3";
#elif defined(__SSE4_2__)
  return "x86-64-v2";
#elif defined(__x86_64__)
  return "x86-64";
#elif defined(__aarch64__)
  return "arm64";
#else
  return "unknown";
#endif
}

int dsp_cpu_has_avx2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return 0;
#endif
}
