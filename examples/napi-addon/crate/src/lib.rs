//! A small addon with one of each thing that its JavaScript API can hold.

use std::collections::BTreeMap;

use napi::bindgen_prelude::{AsyncTask, Result};
use napi::{Env, Error, Task};
use napi_derive::napi;

/// How words are written.
#[napi(string_enum = "lowercase")]
pub enum Case {
    Upper,
    Lower,
}

/// What a count counts.
#[napi]
pub enum Unit {
    Bytes,
    Chars,
    Words = 10,
}

/// Counts the units of a text.
#[napi]
pub fn count(text: String, unit: Unit) -> u32 {
    let number = match unit {
        Unit::Bytes => text.len(),
        Unit::Chars => text.chars().count(),
        Unit::Words => text.split_whitespace().count(),
    };
    number as u32
}

/// Writes a text in one case.
#[napi]
pub fn recase(text: String, form: Case) -> String {
    match form {
        Case::Upper => text.to_uppercase(),
        Case::Lower => text.to_lowercase(),
    }
}

/// The product of two vectors: arithmetic that a better CPU does several numbers at a time.
#[napi]
pub fn dot(a: &[f64], b: &[f64]) -> Result<f64> {
    if a.len() != b.len() {
        return Err(Error::from_reason("the vectors differ in length"));
    }
    let mut sums = [0.0; 8];
    for (x, y) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    Ok(sums.iter().sum())
}

/// Counts words over many texts.
#[napi]
#[derive(Default)]
pub struct Tally {
    words: BTreeMap<String, u32>,
}

#[napi]
impl Tally {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    #[napi]
    pub fn add(&mut self, text: String) {
        for word in text.split_whitespace() {
            *self.words.entry(word.to_string()).or_default() += 1;
        }
    }

    #[napi]
    pub fn of(&self, word: String) -> u32 {
        self.words.get(&word).copied().unwrap_or(0)
    }

    #[napi(getter)]
    pub fn size(&self) -> u32 {
        self.words.len() as u32
    }
}

pub struct Longest(String);

impl Task for Longest {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        let longest = self.0.split_whitespace().max_by_key(|word| word.len());
        longest.map(str::to_string).ok_or_else(|| Error::from_reason("there is no word"))
    }

    fn resolve(&mut self, _env: Env, output: String) -> Result<String> {
        Ok(output)
    }
}

/// Finds the longest word in a thread of the runtime's pool.
#[napi(ts_return_type = "Promise<string>")]
pub fn longest(text: String) -> AsyncTask<Longest> {
    AsyncTask::new(Longest(text))
}

/// The CPU that the compiler was allowed to assume.
#[napi]
pub fn compiled_for() -> &'static str {
    if cfg!(target_feature = "avx512f") {
        "x86-64-v4"
    } else if cfg!(target_feature = "avx2") {
        "x86-64-v3"
    } else if cfg!(target_feature = "sse4.2") {
        "x86-64-v2"
    } else {
        std::env::consts::ARCH
    }
}

/// Says by its name which release this is; the loader refuses an addon without it.
#[napi(js_name = "__acmeTextV1_0_0")]
pub fn version_sentinel() {}
