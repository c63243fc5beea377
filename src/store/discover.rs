//! The locator `discover`: the store of the services that the package has started.

use std::path::{Path, PathBuf};

use super::locator::DISCOVER;
use crate::base::environment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::store::read_json;

/// The package's file of a project's settings.
const CONFIG: &str = ".metalab.toml";

/// The locator of the nearest services: those of the project around the working directory, else any.
///
/// # Errors
/// When there are none, or they have no store.
pub fn locator() -> Result<String> {
    let missing = |text: &str| Error::new(ErrorKind::NotFound, format!("store locator discover: {text}"));
    let home = environment::home().ok_or_else(|| missing("there is no home directory"))?;
    let working = std::env::current_dir().map_err(|source| Error::io("find", Path::new("."), &source))?;
    let bundle = nearest(&home.join(".metalab/services"), &working).ok_or_else(|| {
        missing("no services are noted in ~/.metalab/services: start them with `metalab services up`, or name the store")
    })?;
    let json = read_json(&bundle)?;
    match json.as_ref().and_then(|bundle| bundle.get("store_locator")).and_then(Json::as_str) {
        Some(locator) if !locator.is_empty() && !locator.trim().eq_ignore_ascii_case(DISCOVER) => {
            Ok(locator.to_owned())
        }
        _ => Err(missing(&format!("{} has no store_locator", bundle.display()))),
    }
}

fn nearest(services: &Path, working: &Path) -> Option<PathBuf> {
    of_project(services, working).or_else(|| {
        let bundles = directories(services).into_iter().flat_map(|project| directories(&project));
        bundles.map(|environment| environment.join("bundle.json")).find(|bundle| bundle.is_file())
    })
}

/// The bundle of the project whose settings are nearest above `working`.
fn of_project(services: &Path, working: &Path) -> Option<PathBuf> {
    let config = working.ancestors().map(|directory| directory.join(CONFIG)).find(|file| file.is_file())?;
    let text = std::fs::read_to_string(config).ok()?;
    let config = toml::de::DeTable::parse(&text).ok()?.into_inner();
    let name = config.get("project").and_then(|project| project.get_ref().get("name")?.get_ref().as_str());
    let project = services.join(name.filter(|name| !name.is_empty()).unwrap_or("default"));
    let environments = config.get("environments")?.get_ref().as_table()?;
    environments
        .keys()
        .map(|name| project.join(name.get_ref().as_ref()).join("bundle.json"))
        .find(|bundle| bundle.is_file())
}

fn directories(of: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_around_comes_first() {
        let place = tempfile::tempdir().unwrap();
        let services = place.path().join("services");
        for bundle in ["a/local", "mine/slurm", "mine/local"] {
            std::fs::create_dir_all(services.join(bundle)).unwrap();
            std::fs::write(services.join(bundle).join("bundle.json"), "{}").unwrap();
        }
        let below = place.path().join("project/deep/er");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(nearest(&services, &below), Some(services.join("a/local/bundle.json")));
        let config =
            "[project]\nname = \"mine\"\n[environments.slurm]\ntype = \"slurm\"\n[environments.local]\n";
        std::fs::write(place.path().join("project").join(CONFIG), config).unwrap();
        assert_eq!(nearest(&services, &below), Some(services.join("mine/slurm/bundle.json")));
        assert_eq!(nearest(&place.path().join("none"), &below), None);
    }
}
