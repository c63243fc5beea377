//! Options that every command has.

use clap::ColorChoice;

use crate::failure::Result;

/// Options that every command has.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// The store: a directory, or a postgresql:// locator, of which the files are read.
    #[arg(
        long,
        short = 's',
        global = true,
        env = "METALAB_STORE",
        hide_env_values = true,
        default_value = "./experiments",
        value_name = "LOCATOR"
    )]
    pub store: String,
    /// Prints JSON for scripts.
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours: on a terminal only, always, or never. NO_COLOR in the environment means never.
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}

impl Global {
    /// Returns whether the store has an index.
    pub fn has_index(&self) -> Result<bool> {
        Ok(metalab::Locator::parse(&self.store)?.index().is_some())
    }
}
