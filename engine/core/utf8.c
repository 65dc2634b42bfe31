/* UTF-8: see utf8.h. */
#include "core/utf8.h"

static size_t length_of_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0; /* a continuation, or the lead of an overlong form */
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

size_t pi_utf8_length(const char *at, size_t left) {
  const unsigned char *byte = (const unsigned char *)at;
  unsigned char low = 0x80, high = 0xBF; /* bounds of the second byte */
  size_t length = length_of_lead(byte[0]);
  if (length == 0 || length > left) return 0;
  if (byte[0] == 0xE0) low = 0xA0;
  if (byte[0] == 0xED) high = 0x9F;
  if (byte[0] == 0xF0) low = 0x90;
  if (byte[0] == 0xF4) high = 0x8F;
  for (size_t i = 1; i < length; i++, low = 0x80, high = 0xBF)
    if (byte[i] < low || byte[i] > high) return 0;
  return length;
}

uint32_t pi_utf8_decode(const char *at, size_t length) {
  static const unsigned char payload[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  uint32_t code = (unsigned char)at[0] & payload[length];
  for (size_t i = 1; i < length; i++) code = code << 6 | ((unsigned char)at[i] & 0x3F);
  return code;
}
