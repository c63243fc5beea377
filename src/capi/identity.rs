//! Identity: the same from every language.

use std::ffi::c_char;

use super::convert::{document, give, metadata, optional, out, text};
use super::status::{boundary, metalab_status_t};
use crate::base::name;
use crate::run::identity;

/// Returns the canonical form of a JSON value, from which fingerprints are computed: keys sorted, no spaces,
/// ASCII only, floats as strings of their shortest digits.
///
/// json_len: bytes of json, or METALAB_NUL.
/// canonical_out: a string to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON (also for NaN and infinities).
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_canonical_json(
    json: *const c_char,
    json_len: usize,
    canonical_out: *mut *mut c_char,
) -> metalab_status_t {
    boundary("metalab_canonical_json", || {
        out("canonical_out", canonical_out)?;
        // SAFETY: as documented.
        unsafe { give(canonical_out, identity::canonical(&document("json", json, json_len)?)?) }
    })
}

/// Returns the fingerprint of a JSON value: the first 16 hexadecimal digits of the SHA-256 of its canonical
/// form.
///
/// fingerprint_out: a string to be freed with metalab_string_free.
/// Errors: as metalab_canonical_json. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_fingerprint(
    json: *const c_char,
    json_len: usize,
    fingerprint_out: *mut *mut c_char,
) -> metalab_status_t {
    boundary("metalab_fingerprint", || {
        out("fingerprint_out", fingerprint_out)?;
        // SAFETY: as documented.
        unsafe { give(fingerprint_out, identity::fingerprint(&document("json", json, json_len)?)?) }
    })
}

/// Returns the id that is derived for a run without an id of its own.
///
/// experiment_id: "name:version", or "name" for version 1.
/// context_json, params_json: JSON objects; NULL for empty ones.
/// seed_json: {"root_seed": integer, "replicate_index": integer or null}.
/// code_hash: NULL or "" for none.
/// run_id_out: a string to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_id(
    experiment_id: *const c_char,
    context_json: *const c_char,
    params_json: *const c_char,
    seed_json: *const c_char,
    code_hash: *const c_char,
    run_id_out: *mut *mut c_char,
) -> metalab_status_t {
    boundary("metalab_run_id", || {
        out("run_id_out", run_id_out)?;
        // SAFETY: as documented.
        unsafe {
            let (name, version) = name::check_experiment_id(text("experiment_id", experiment_id)?)?;
            let context = identity::fingerprint(&metadata("context_json", context_json)?.into())?;
            let params = identity::fingerprint(&metadata("params_json", params_json)?.into())?;
            let seeds = document("seed_json", seed_json, super::convert::NUL)?;
            let (root_seed, replicate) = identity::read_seeds(&seeds)?;
            let seed = identity::fingerprint(&identity::seed_json(root_seed, replicate))?;
            let code_hash = optional("code_hash", code_hash)?.filter(|hash| !hash.is_empty());
            let experiment_id = format!("{name}:{version}");
            give(run_id_out, identity::run_id(&experiment_id, &context, &params, &seed, code_hash))
        }
    })
}

/// Derives a seed for a part of the program from a root seed. numpy's seed is this modulo 2^32.
///
/// seed_json: {"root_seed": integer, "replicate_index": integer or null}.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_derive_seed(
    seed_json: *const c_char,
    name: *const c_char,
    seed_out: *mut u64,
) -> metalab_status_t {
    boundary("metalab_derive_seed", || {
        out("seed_out", seed_out)?;
        // SAFETY: as documented.
        unsafe {
            let seeds = document("seed_json", seed_json, super::convert::NUL)?;
            seed_out.write(identity::derive_seed_from(&seeds, text("name", name)?)?);
        }
        Ok(())
    })
}
