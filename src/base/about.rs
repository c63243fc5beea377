//! The unit, description and axis of a series, and what its steps count.

use crate::base::json::Json;

/// The unit, description and axis of a series, and what its steps count; nothing where none was declared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    /// The unit of its values.
    pub unit: Option<String>,
    /// A description of its values.
    pub description: Option<String>,
    /// The series that it is plotted against, instead of the step.
    pub axis: Option<String>,
    /// The unit of its steps, where they are not the run's: `ms`, `krylov iteration`.
    pub step_unit: Option<String>,
}

impl About {
    /// Reads the members of an object.
    pub fn read(json: &Json) -> Self {
        let [unit, description, axis, step_unit] =
            ["unit", "description", "axis", "step_unit"].map(|key| json.text_at(key));
        Self { unit, description, axis, step_unit }
    }

    /// The members of an object, null where nothing was said.
    pub fn members(&self) -> [(&'static str, Json); 4] {
        let text = |value: &Option<String>| value.as_deref().map(Json::from).into();
        [
            ("unit", text(&self.unit)),
            ("description", text(&self.description)),
            ("axis", text(&self.axis)),
            ("step_unit", text(&self.step_unit)),
        ]
    }

    /// Returns true if a restart whose first step is `end` keeps the point at `step`: it is before that, or the
    /// steps are not the run's.
    pub fn keeps(&self, step: i64, end: Option<i64>) -> bool {
        self.step_unit.is_some() || end.is_none_or(|end| step < end)
    }

    /// Returns true if adding `later` changes nothing.
    pub fn has(&self, later: &Self) -> bool {
        let has = |own: &Option<String>, said: &Option<String>| said.is_none() || own == said;
        has(&self.unit, &later.unit)
            && has(&self.description, &later.description)
            && has(&self.axis, &later.axis)
            && has(&self.step_unit, &later.step_unit)
    }

    /// Adds what was said later; what is not said now stays.
    pub fn add(&mut self, later: Self) {
        self.unit = later.unit.or(self.unit.take());
        self.description = later.description.or(self.description.take());
        self.axis = later.axis.or(self.axis.take());
        self.step_unit = later.step_unit.or(self.step_unit.take());
    }
}
