//! The rules that ship with the command.

use std::sync::Arc;

use super::set::Set;
use crate::failure::{Failure, Result};

/// Their names, and their files.
const SHIPPED: [(&str, &str); 9] = [
    ("calculix", include_str!("../../rules/calculix.toml")),
    ("comd", include_str!("../../rules/comd.toml")),
    ("cp2k", include_str!("../../rules/cp2k.toml")),
    ("gromacs", include_str!("../../rules/gromacs.toml")),
    ("lammps", include_str!("../../rules/lammps.toml")),
    ("lulesh", include_str!("../../rules/lulesh.toml")),
    ("minife", include_str!("../../rules/minife.toml")),
    ("openfoam", include_str!("../../rules/openfoam.toml")),
    ("quantum-espresso", include_str!("../../rules/quantum-espresso.toml")),
];

/// All of them.
pub fn shipped() -> Result<Vec<Arc<Set>>> {
    SHIPPED.iter().map(|(name, text)| Set::parse(name, text).map(Arc::new)).collect()
}

/// The text of rules that ship.
pub fn text(name: &str) -> Result<&'static str> {
    let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    found.map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        Failure::new(format!("there are no rules {name}"))
            .advice(format!("there are: {}; or name a TOML file", names.join(", ")))
    })
}
