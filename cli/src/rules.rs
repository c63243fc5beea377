//! The output of a program as metrics and series: by rules, and by tables that are found.

mod finder;
mod heading;
mod named;
mod number;
mod reader;
mod set;
mod shipped;

pub use named::find;
pub use number::Number;
pub use reader::{Choice, Found, Reader};
pub use set::{Set, of_toml_error};
pub use shipped::{shipped, text};
