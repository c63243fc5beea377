//! Identity of a run, the same in every language: canonical JSON, fingerprints, run ids, seeds.

use sha2::{Digest, Sha256};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json};

/// The text that is hashed: sorted keys, no white space, ASCII, floats as strings of Python's `repr`.
///
/// # Errors
/// [`ErrorKind::Json`], saying where, when a float is NaN or infinite.
pub fn canonical(value: &Json) -> Result<String> {
    let mut out = Vec::new();
    write_canonical(value, &mut out)?;
    String::from_utf8(out)
        .map_err(|_| Error::new(ErrorKind::Json, "an integer has digits that are not ASCII"))
}

fn write_canonical(value: &Json, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Json::Float(number) if !number.is_finite() => {
            return Err(Error::new(
                ErrorKind::Json,
                format!(
                    "{} cannot be part of a run's id, which follows from parameters, context and seeds",
                    value.to_compact()
                ),
            ));
        }
        Json::Float(number) => {
            out.push(b'"');
            json::write_f64(*number, out);
            out.push(b'"');
        }
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out).map_err(|error| error.context(format_args!("[{index}]")))?;
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            for (index, (key, item)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                json::write_string(key, out);
                out.push(b':');
                write_canonical(item, out).map_err(|error| error.context(format_args!("{key:?}")))?;
            }
            out.push(b'}');
        }
        _ => json::write_compact(value, out),
    }
    Ok(())
}

/// The first 16 hexadecimal digits of the SHA-256 of [`canonical`].
///
/// # Errors
/// The same as [`canonical`].
pub fn fingerprint(value: &Json) -> Result<String> {
    canonical(value).map(|text| hash16(text.as_bytes()))
}

fn hash16(bytes: &[u8]) -> String {
    format!("{:016x}", hash64(bytes))
}

fn hash64(bytes: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(bytes));
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The object whose fingerprint is the seed fingerprint. `root_seed` is an integer of any size.
pub fn seed_json(root_seed: &Json, replicate: Option<u64>) -> Json {
    Json::object([("root_seed", root_seed.clone()), ("replicate_index", replicate.into())])
}

/// The id of the run with these fingerprints; `code_hash` None or empty is a run without one.
pub fn run_id(
    experiment_id: &str,
    context_fp: &str,
    params_fp: &str,
    seed_fp: &str,
    code_hash: Option<&str>,
) -> String {
    let mut parts = vec![
        ("experiment_id", experiment_id),
        ("context_fp", context_fp),
        ("params_fp", params_fp),
        ("seed_fp", seed_fp),
    ];
    parts.extend(code_hash.filter(|hash| !hash.is_empty()).map(|hash| ("code_fp", hash)));
    // Strings only, of which compact JSON is the canonical form.
    hash16(Json::object(parts).to_compact().as_bytes())
}

/// The seed of the random generator called `name`.
pub fn derive_seed(root_seed_decimal: &str, name: &str, replicate: Option<u64>) -> u64 {
    hash64(format!("{root_seed_decimal}:{name}:{}", replicate.unwrap_or(0)).as_bytes())
}

/// [`derive_seed`] of a seeds object, see [`read_seeds`].
///
/// # Errors
/// The same as [`read_seeds`].
pub fn derive_seed_from(seeds: &Json, name: &str) -> Result<u64> {
    let (root_seed, replicate) = read_seeds(seeds)?;
    Ok(derive_seed(&root_seed.to_compact(), name, replicate))
}

/// The root seed, an integer of any size, and the replicate index of
/// `{"root_seed": int, "replicate_index": int|null}`. The index may be absent, which is null.
///
/// # Errors
/// [`ErrorKind::Json`] when it is anything else; other keys would change the fingerprint and are
/// refused.
pub fn read_seeds(seeds: &Json) -> Result<(&Json, Option<u64>)> {
    let refuse = |problem: String| Error::new(ErrorKind::Json, format!("seeds: {problem}"));
    let Some(members) = seeds.as_object() else {
        return Err(refuse(format!(
            "{} is not an object of root_seed and replicate_index",
            seeds.kind_name()
        )));
    };
    if let Some(key) = members.keys().find(|key| !matches!(key.as_str(), "root_seed" | "replicate_index")) {
        return Err(refuse(format!("{key:?} is neither root_seed nor replicate_index")));
    }
    let root_seed = match members.get("root_seed") {
        Some(root_seed @ (Json::Int(_) | Json::BigInt(_))) => root_seed,
        Some(other) => return Err(refuse(format!("root_seed is {}, not an integer", other.kind_name()))),
        None => return Err(refuse("root_seed is missing".to_owned())),
    };
    let replicate = match members.get("replicate_index") {
        None | Some(Json::Null) => None,
        Some(Json::Int(index)) => u64::try_from(*index)
            .ok()
            .map(Some)
            .ok_or(index.to_string())
            .map_err(|index| refuse(format!("replicate_index is {index}, not 0 or more")))?,
        Some(Json::BigInt(digits)) => Some(digits.parse().map_err(|_| {
            refuse(format!("replicate_index is {digits}, not an integer of 0 to {}", u64::MAX))
        })?),
        Some(other) => {
            return Err(refuse(format!("replicate_index is {}, not an integer or null", other.kind_name())));
        }
    };
    Ok((root_seed, replicate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(what: &str) -> Vec<Json> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/vectors.json");
        let all = json::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let vectors = all.get(what).and_then(Json::as_array).unwrap().to_vec();
        assert!(vectors.len() >= 30);
        vectors
    }

    fn text<'a>(vector: &'a Json, key: &str) -> &'a str {
        vector.str_at(key).unwrap()
    }

    fn replicate(vector: &Json) -> Option<u64> {
        vector.get("replicate_index").unwrap().as_i64().map(|index| index as u64)
    }

    #[test]
    fn canonical_json_is_pythons() {
        for vector in vectors("canonical") {
            let value = json::parse(text(&vector, "value_json")).unwrap();
            assert_eq!(canonical(&value).unwrap(), text(&vector, "canonical"));
            assert_eq!(fingerprint(&value).unwrap(), text(&vector, "fingerprint"));
        }
    }

    #[test]
    fn run_ids_are_pythons() {
        let mut with_code = 0;
        for vector in vectors("run_id") {
            let print = |key| fingerprint(&json::parse(text(&vector, key)).unwrap()).unwrap();
            let (context, params) = (print("context_json"), print("params_json"));
            assert_eq!(context, text(&vector, "context_fingerprint"));
            assert_eq!(params, text(&vector, "params_fingerprint"));
            let seed = seed_json(vector.get("root_seed").unwrap(), replicate(&vector));
            let seed = fingerprint(&seed).unwrap();
            assert_eq!(seed, text(&vector, "seed_fingerprint"));
            let code_hash = vector.str_at("code_hash");
            with_code += usize::from(code_hash.is_some());
            let id = run_id(text(&vector, "experiment_id"), &context, &params, &seed, code_hash);
            assert_eq!(id, text(&vector, "run_id"));
            if code_hash.is_none() {
                assert_eq!(id, run_id(text(&vector, "experiment_id"), &context, &params, &seed, Some("")));
            }
        }
        assert!(with_code > 0);
    }

    #[test]
    fn seeds_are_pythons() {
        for vector in vectors("seed") {
            let seeds = seed_json(vector.get("root_seed").unwrap(), replicate(&vector));
            let derived = derive_seed_from(&seeds, text(&vector, "name")).unwrap();
            assert_eq!(Json::from(derived), *vector.get("derived").unwrap());
            assert_eq!(Json::from(derived % (1 << 32)), *vector.get("numpy_seed").unwrap());
        }
    }

    #[test]
    fn large_seeds_are_exact() {
        let seeds = json::parse(r#"{"root_seed":-123456789012345678901234567890}"#).unwrap();
        let (root_seed, replicate) = read_seeds(&seeds).unwrap();
        assert_eq!((root_seed.to_compact().as_str(), replicate), ("-123456789012345678901234567890", None));
        let whole = seed_json(root_seed, None);
        assert_eq!(
            canonical(&whole).unwrap(),
            r#"{"replicate_index":null,"root_seed":-123456789012345678901234567890}"#
        );
        let largest = json::parse(r#"{"root_seed":0,"replicate_index":18446744073709551615}"#).unwrap();
        assert_eq!(read_seeds(&largest).unwrap().1, Some(u64::MAX));
    }

    #[test]
    fn seeds_that_are_none_are_refused() {
        for (seeds, problem) in [
            ("[]", "seeds: an array is not an object of root_seed and replicate_index"),
            ("{}", "seeds: root_seed is missing"),
            (r#"{"root_seed":1.0}"#, "seeds: root_seed is a float, not an integer"),
            (r#"{"root_seed":true}"#, "seeds: root_seed is a boolean, not an integer"),
            (r#"{"root_seed":1,"seed":2}"#, "seeds: \"seed\" is neither root_seed nor replicate_index"),
            (r#"{"root_seed":1,"replicate_index":-1}"#, "seeds: replicate_index is -1, not 0 or more"),
            (
                r#"{"root_seed":1,"replicate_index":18446744073709551616}"#,
                "seeds: replicate_index is 18446744073709551616, not an integer of 0 to 18446744073709551615",
            ),
            (
                r#"{"root_seed":1,"replicate_index":"0"}"#,
                "seeds: replicate_index is a string, not an integer or null",
            ),
        ] {
            let error = derive_seed_from(&json::parse(seeds).unwrap(), "x").unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Json, problem));
        }
    }

    #[test]
    fn what_is_no_number_has_no_fingerprint() {
        let value = json::parse(r#"{"a":[1,{"b":-Infinity}]}"#).unwrap();
        let error = fingerprint(&value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Json);
        assert_eq!(
            error.message(),
            "\"a\": [1]: \"b\": -Infinity cannot be part of a run's id, which follows from parameters, context and seeds"
        );
        assert!(canonical(&json::parse("NaN").unwrap()).is_err());
    }
}
