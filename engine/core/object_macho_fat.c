/* Fat Mach-O files: a table, always big-endian, of slices that are files of their own (mach-o/fat.h). */
#include "core/object_reader.h"

/* A Java class begins with the same four bytes; what follows is its version, 45 or more, in the place of the count. */
enum { MOST_SLICES = 40, MOST_ALIGN = 31 };

static int read_slice(const object_reader *fat, pi_object_slice *slice, uint64_t at, bool wide) {
  slice->offset = object_number(fat, at + 8, wide ? 8 : 4);
  slice->size = object_number(fat, at + (wide ? 16 : 12), wide ? 8 : 4);
  slice->align = (uint32_t)object_number(fat, at + (wide ? 24 : 16), 4);
  if (!object_fits(fat, slice->offset, slice->size))
    return object_fail(fat, "ETRUNCATED", "a slice extends past the end of the file");
  if (slice->align > MOST_ALIGN || slice->offset % ((uint64_t)1 << slice->align) != 0)
    return object_fail(fat, "EMACHO", "a slice is not aligned as the fat header says");
  object_reader r = *fat;
  r.o = &slice->object;
  r.bytes += slice->offset;
  r.size = slice->size;
  if (object_read_macho(&r) < 0) return -1;
  if (slice->object.machine != object_number(fat, at, 4))
    return object_fail(fat, "EMACHO", "a slice is for another machine than the fat header says");
  return 0;
}

static int check_overlap(const object_reader *r, uint64_t table_end) {
  const pi_object_slice *slices = r->o->slices.items;
  for (size_t i = 0; i < r->o->slices.count; i++) {
    if (slices[i].offset < table_end) return object_fail(r, "EMACHO", "a slice overlaps the fat header");
    for (size_t k = 0; k < i; k++)
      if (slices[i].offset < slices[k].offset + slices[k].size && slices[k].offset < slices[i].offset + slices[i].size)
        return object_fail(r, "EMACHO", "two slices overlap");
  }
  return 0;
}

int object_read_fat(object_reader *r) {
  pi_object *o = r->o;
  o->format = PI_OBJECT_MACHO;
  o->big_endian = true;
  bool wide = object_number(r, 0, 4) == 0xCAFEBABF;
  uint64_t count = object_number(r, 4, 4), width = wide ? 32 : 20;
  if (count == 0 || count > MOST_SLICES)
    return object_fail(r, "EFORMAT", "not a fat Mach-O file: it would have %llu slices", (unsigned long long)count);
  if (!object_fits(r, 8, count * width)) return object_fail(r, "ETRUNCATED", "the fat header is truncated");
  o->slices.items = object_allocate(r, (size_t)count * sizeof(pi_object_slice));
  if (o->slices.items == NULL) return -1;
  for (uint64_t i = 0; i < count; i++) {
    pi_object_slice *slice = (pi_object_slice *)o->slices.items + i;
    o->slices.count = (size_t)i + 1;
    if (read_slice(r, slice, 8 + i * width, wide) < 0) return -1;
  }
  return check_overlap(r, 8 + count * width);
}
