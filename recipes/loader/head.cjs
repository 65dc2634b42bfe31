"use strict";

const { createRequire } = require("node:module");
const { fileURLToPath, pathToFileURL } = require("node:url");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

// A compiler may put a value in this place: bun build --define 'process.env.PIENV_COMPILED="true"'.
const COMPILED = process.env.PIENV_COMPILED;

// Bun and its bundler find the manifest by this name; node never comes here.
function requireManifest() {
  try {
    return require("./PIENV_MANIFEST.js").embeddedAddon;
  } catch (error) {
    if (error.message.includes("./PIENV_MANIFEST.js")) return null; // there is none
    throw error;
  }
}

const POLICY = PIENV_POLICY;
