// Written by hand; the build installs it as native/index.d.ts and derives the exports of native/index.js from it.

/** Shapes of a window function. */
export declare const enum Window {
  Rectangular = 0,
  Hann = 1,
  Hamming = 2,
}

/** Sum of a[i] * b[i]; both must have the same length. */
export declare function dot(a: Float64Array, b: Float64Array): number;

/** Multiplies x by the window's curve, in place, and returns it. */
export declare function applyWindow(x: Float64Array, kind: Window): Float64Array;

/** The CPU level that the loaded file was compiled for, such as "x86-64-v3". */
export declare function compiledFor(): string;

/** Whether this CPU has AVX2. */
export declare function cpuHasAvx2(): boolean;

/** How many calls this thread has made. */
export declare function calls(): number;
