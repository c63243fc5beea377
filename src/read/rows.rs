//! The facts of many runs: a column of cells for each field, which knows what each run has there. Filters
//! ask it, tables are made of it, and the cache keeps it.

mod bytes;

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::ops::Bound;

use super::column::{Builder, Texts};
use super::filter::Facts;
use super::record::Row;
use crate::base::json::{self, Json};
use crate::base::value::Scalar;

pub use bytes::{Reader, Writer};

/// Texts that are looked through for an equal one, the last of a column: a status is stored once.
const RECENT: usize = 8;

/// The kind of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null = 0,
    Bool = 1,
    Int = 2,
    Float = 3,
    Text = 4,
    /// Other JSON, as text.
    Json = 5,
    /// An object without members.
    Nothing = 6,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Null, Self::Bool, Self::Int, Self::Float, Self::Text, Self::Json, Self::Nothing];

    /// Returns true if the cell's word is the place of its text.
    fn has_text(self) -> bool {
        matches!(self, Self::Text | Self::Json)
    }
}

/// The values of runs in one field.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    /// The rows that have something, ascending.
    at: Vec<u32>,
    kinds: Vec<u8>,
    /// The value's bits, or the place of its text.
    words: Vec<u64>,
    texts: Texts,
}

/// Runs, with what each has in each field.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    count: u32,
    fields: BTreeMap<String, Cells>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct OneRow<'a> {
    rows: &'a Rows,
    row: u32,
}

impl Cells {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// The rows that have something, ascending.
    pub fn at(&self) -> &[u32] {
        &self.at
    }

    fn find(&self, row: u32) -> Option<usize> {
        // Where every row has something, this is its place.
        match self.at.get(row as usize) {
            Some(at) if *at == row => Some(row as usize),
            _ => self.at.binary_search(&row).ok(),
        }
    }

    fn kind(&self, cell: usize) -> Kind {
        Kind::ALL.get(usize::from(self.kinds[cell])).copied().unwrap_or(Kind::Null)
    }

    fn text_of(&self, cell: usize) -> &str {
        self.texts.get(self.words[cell] as usize).unwrap_or_default()
    }

    /// The text in `row`, if it has one.
    pub fn text(&self, row: u32) -> Option<&str> {
        let cell = self.find(row)?;
        (self.kind(cell) == Kind::Text).then(|| self.text_of(cell))
    }

    /// The text in `row`, or the JSON text of an array, if it has one.
    pub fn any_text(&self, row: u32) -> Option<&str> {
        let cell = self.find(row)?;
        self.kind(cell).has_text().then(|| self.text_of(cell))
    }

    /// The integer in `row`, if it has one.
    pub fn integer(&self, row: u32) -> Option<i64> {
        let cell = self.find(row)?;
        (self.kind(cell) == Kind::Int).then_some(self.words[cell] as i64)
    }

    fn value(&self, cell: usize) -> Json {
        let word = self.words[cell];
        match self.kind(cell) {
            Kind::Null => Json::Null,
            Kind::Bool => Json::Bool(word != 0),
            Kind::Int => Json::Int(word as i64),
            Kind::Float => Json::Float(f64::from_bits(word)),
            Kind::Text => Json::from(self.text_of(cell)),
            Kind::Json => json::parse(self.text_of(cell)).unwrap_or_default(),
            Kind::Nothing => Json::Object(json::Object::new()),
        }
    }

    /// Returns true if the cell is something in a table.
    pub fn is_shown(&self, cell: usize) -> bool {
        self.kind(cell) != Kind::Nothing
    }

    /// Adds what the cell has to a column of a table.
    pub fn show(&self, cell: usize, column: &mut Builder) {
        let word = self.words[cell];
        match self.kind(cell) {
            Kind::Null | Kind::Nothing => column.push_missing(),
            Kind::Bool => column.push_scalar(Scalar::Bool(word != 0)),
            Kind::Int => column.push_scalar(Scalar::I64(word as i64)),
            Kind::Float => column.push_scalar(Scalar::F64(f64::from_bits(word))),
            Kind::Text | Kind::Json => column.push_text(self.text_of(cell)),
        }
    }

    /// Puts the number of each cell into the slot of its row's place.
    pub fn fill_slots(&self, places: &[u32], slots: &mut [u32]) {
        for (cell, row) in self.at.iter().enumerate() {
            let place = places[*row as usize];
            if place != u32::MAX {
                slots[place as usize] = cell as u32;
            }
        }
    }

    fn add(&mut self, row: u32, kind: Kind, word: u64) {
        self.at.push(row);
        self.kinds.push(kind as u8);
        self.words.push(word);
    }

    fn add_text(&mut self, row: u32, kind: Kind, text: &str) {
        let count = self.texts.len();
        let recent = (count.saturating_sub(RECENT)..count).rev();
        let known = recent.into_iter().find(|place| self.texts.get(*place) == Some(text));
        let place = known.unwrap_or_else(|| {
            self.texts.push(text);
            count
        });
        self.add(row, kind, place as u64);
    }

    fn push(&mut self, row: u32, value: &Json) {
        // Two paths of keys may have one name: {"a.b": 1, "a": {"b": 2}}.
        if self.at.last() == Some(&row) {
            return;
        }
        match value {
            Json::Null => self.add(row, Kind::Null, 0),
            Json::Bool(value) => self.add(row, Kind::Bool, u64::from(*value)),
            Json::Int(value) => self.add(row, Kind::Int, *value as u64),
            Json::Float(value) => self.add(row, Kind::Float, value.to_bits()),
            Json::Str(text) => self.add_text(row, Kind::Text, text),
            Json::Object(members) if members.is_empty() => self.add(row, Kind::Nothing, 0),
            other => self.add_text(row, Kind::Json, &other.to_compact()),
        }
    }

    /// Adds the cell of another row, in another column or in this one.
    fn copy(&mut self, row: u32, from: &Self, cell: usize) {
        match from.kind(cell) {
            kind if kind.has_text() => self.add_text(row, kind, from.text_of(cell)),
            kind => self.add(row, kind, from.words[cell]),
        }
    }
}

impl Rows {
    /// How many runs there are.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Adds a run. What belongs to its end is left out where it has not ended.
    pub fn push(&mut self, row: &Row) {
        let index = self.count;
        let mut put = |field: &str, value: &Json| match self.fields.get_mut(field) {
            Some(cells) => cells.push(index, value),
            None => self.fields.entry(field.to_owned()).or_default().push(index, value),
        };
        put("run_id", &row.run_id.as_str().into());
        put("experiment_id", &row.experiment_id.as_str().into());
        put("status", &row.status().text().into());
        let finished = row.finished_at.as_deref().filter(|_| row.has_ended());
        for (field, time) in [("started_at", row.started_at.as_deref()), ("finished_at", finished)] {
            time.iter().for_each(|time| put(field, &(*time).into()));
        }
        if let Some(duration) = row.duration_ms.filter(|_| row.has_ended()) {
            put("duration_ms", &duration.into());
        }
        if !row.tags.is_empty() {
            put("tags", &Json::Array(row.tags.clone()));
        }
        for (field, value) in [("notes", &row.notes), ("error", &row.error)] {
            if *value != Json::Null {
                put(field, value);
            }
        }
        // Of equal keys the last one counts.
        row.members.iter().rev().for_each(|(field, value)| put(field, value));
        self.count += 1;
    }

    /// Adds the runs of `other`.
    pub fn append(&mut self, other: Self) {
        if self.count == 0 {
            *self = other;
            return;
        }
        for (field, from) in other.fields {
            let cells = self.fields.entry(field).or_default();
            for (cell, row) in from.at.iter().enumerate() {
                cells.copy(self.count + row, &from, cell);
            }
        }
        self.count += other.count;
    }

    /// The runs in these rows, in that order; no row may come twice.
    pub fn pick(&self, picked: &[u32]) -> Self {
        let places = self.places(picked);
        let mut slots = vec![u32::MAX; picked.len()];
        let mut fields = BTreeMap::new();
        for (field, from) in &self.fields {
            from.fill_slots(&places, &mut slots);
            let mut cells = Cells::default();
            for (place, slot) in slots.iter_mut().enumerate() {
                let cell = std::mem::replace(slot, u32::MAX);
                if cell != u32::MAX {
                    cells.copy(place as u32, from, cell as usize);
                }
            }
            if cells.len() > 0 {
                fields.insert(field.clone(), cells);
            }
        }
        Self { count: picked.len() as u32, fields }
    }

    /// For each row its place among `picked`, or `u32::MAX`.
    pub fn places(&self, picked: &[u32]) -> Vec<u32> {
        let mut places = vec![u32::MAX; self.count as usize];
        for (place, row) in picked.iter().enumerate() {
            places[*row as usize] = place as u32;
        }
        places
    }

    /// The cells of a field, if any run has something there.
    pub fn field(&self, field: &str) -> Option<&Cells> {
        self.fields.get(field)
    }

    /// The fields that begin with `prefix`, sorted.
    pub fn fields_of<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a String, &'a Cells)> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        self.fields.range::<str, _>(from).take_while(move |(field, _)| field.starts_with(prefix))
    }

    /// The run in `row`.
    pub fn row(&self, row: u32) -> OneRow<'_> {
        OneRow { rows: self, row }
    }

    /// The text in a field of a run; empty if there is none.
    pub fn text(&self, row: u32, field: &str) -> &str {
        self.field(field).and_then(|cells| cells.text(row)).unwrap_or_default()
    }

    /// The order of runs that nobody asked for another one: the newest first.
    pub fn newest_first(&self) -> impl Fn(&u32, &u32) -> Ordering + '_ {
        let (started, ids) = (self.field("started_at"), self.field("run_id"));
        let time = |row| started.and_then(|cells| cells.text(row));
        let key = |row| (Reverse(time(row)), ids.and_then(|cells| cells.text(row)));
        let keys: Vec<_> = (0..self.count).map(key).collect();
        move |a, b| keys[*a as usize].cmp(&keys[*b as usize])
    }
}

impl Facts for OneRow<'_> {
    fn any(&self, field: &str, each: &mut dyn FnMut(&Json) -> bool) -> bool {
        let found = |field: &str| {
            let cells = self.rows.field(field)?;
            Some(cells.value(cells.find(self.row)?))
        };
        if field == "tag" {
            return found("tags").is_some_and(|tags| tags.as_array().unwrap_or_default().iter().any(each));
        }
        if let Some(value) = found(field) {
            return each(&value);
        }
        // An object is there if one of its members is.
        let members = format!("{field}.");
        let has_members = || self.rows.fields_of(&members).any(|(_, cells)| cells.find(self.row).is_some());
        field.contains('.') && has_members() && each(&Json::Object(json::Object::new()))
    }
}
