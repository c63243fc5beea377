//! JSON that is made piece by piece.

use super::{Json, MAX_DEPTH, Object};
use crate::base::error::{Error, ErrorKind, Result};

/// A document that is made piece by piece. Values go into the object or array that was begun last.
#[derive(Debug)]
pub struct Builder {
    /// The objects and arrays that are open, the document first.
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    /// Its key where it lies; none in an array.
    key: Option<String>,
    made: Made,
}

#[derive(Debug)]
enum Made {
    Object(Object),
    Array(Vec<Json>),
}

/// The kind of a document, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Keys with values.
    Object,
    /// Values without keys.
    Array,
}

impl Container {
    fn empty(self) -> Made {
        match self {
            Container::Object => Made::Object(Object::new()),
            Container::Array => Made::Array(Vec::new()),
        }
    }
}

fn wrong<T>(kind: ErrorKind, message: &str) -> Result<T> {
    Err(Error::new(kind, message))
}

impl Builder {
    /// An empty document.
    pub fn new(container: Container) -> Self {
        Self { open: vec![Open { key: None, made: container.empty() }] }
    }

    /// Sets the member of this key, or adds to an array. A member that is there is replaced.
    ///
    /// # Errors
    /// When there is a key in an array or none in an object, or the document becomes too deep.
    pub fn set(&mut self, key: Option<&str>, value: Json) -> Result<()> {
        self.check_depth(depth(&value))?;
        self.check_key(key)?;
        self.put(key.map(str::to_owned), value);
        Ok(())
    }

    /// Begins an object or array, into which values go until it is ended.
    ///
    /// # Errors
    /// The same as `set`.
    pub fn begin(&mut self, key: Option<&str>, container: Container) -> Result<()> {
        self.check_depth(1)?;
        self.check_key(key)?;
        self.open.push(Open { key: key.map(str::to_owned), made: container.empty() });
        Ok(())
    }

    /// Ends what was begun last.
    ///
    /// # Errors
    /// When nothing is open but the document.
    pub fn end(&mut self) -> Result<()> {
        match self.open.len() {
            2.. => {
                if let Some(Open { key, made }) = self.open.pop() {
                    self.put(key, made.into());
                }
                Ok(())
            }
            _ => wrong(ErrorKind::Value, "there is no object and no array to end"),
        }
    }

    /// The document.
    ///
    /// # Errors
    /// When a part of it is open.
    pub fn document(&mut self) -> Result<String> {
        if self.open.len() > 1 {
            let text = format!("{} objects or arrays were begun and not ended", self.open.len() - 1);
            return wrong(ErrorKind::Value, &text);
        }
        // Taken for a moment, instead of copied.
        let made = std::mem::replace(&mut self.open[0].made, Made::Array(Vec::new()));
        let json = Json::from(made);
        let text = json.to_compact();
        self.open[0].made = match json {
            Json::Object(members) => Made::Object(members),
            Json::Array(items) => Made::Array(items),
            _ => Made::Array(Vec::new()),
        };
        Ok(text)
    }

    fn check_depth(&self, more: usize) -> Result<()> {
        if self.open.len() + more > MAX_DEPTH {
            return wrong(ErrorKind::Json, &format!("objects and arrays lie more than {MAX_DEPTH} deep"));
        }
        Ok(())
    }

    fn check_key(&self, key: Option<&str>) -> Result<()> {
        match (self.open.last().map(|open| &open.made), key) {
            (Some(Made::Object(_)), None) => wrong(ErrorKind::Null, "key is NULL, in an object"),
            (Some(Made::Array(_)), Some(key)) => {
                wrong(ErrorKind::Value, &format!("key is {key:?}, in an array, where it has to be NULL"))
            }
            _ => Ok(()),
        }
    }

    /// Sets what has been checked.
    fn put(&mut self, key: Option<String>, value: Json) {
        match (self.open.last_mut().map(|open| &mut open.made), key) {
            (Some(Made::Object(members)), Some(key)) => drop(members.insert(key, value)),
            (Some(Made::Array(items)), _) => items.push(value),
            _ => {}
        }
    }
}

impl From<Made> for Json {
    fn from(made: Made) -> Self {
        match made {
            Made::Object(members) => Json::Object(members),
            Made::Array(items) => Json::Array(items),
        }
    }
}

/// How deep arrays and objects lie in each other.
fn depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json::parse_given;

    fn kind(result: Result<()>) -> ErrorKind {
        result.unwrap_err().kind()
    }

    #[test]
    fn values_go_where_they_belong() {
        let mut builder = Builder::new(Container::Object);
        builder.set(Some("n"), 1i64.into()).unwrap();
        builder.set(Some("n"), 64i64.into()).unwrap();
        builder.begin(Some("solver"), Container::Object).unwrap();
        builder.set(Some("name"), "cg \"\u{e4}\0".into()).unwrap();
        builder.begin(Some("levels"), Container::Array).unwrap();
        builder.set(None, f64::NAN.into()).unwrap();
        builder.begin(None, Container::Array).unwrap();
        builder.end().unwrap();
        builder.set(None, Json::Null).unwrap();
        assert!(builder.document().unwrap_err().message().starts_with("2 objects or arrays "));
        builder.end().unwrap();
        builder.end().unwrap();
        let text = r#"{"n":64,"solver":{"levels":[NaN,[],null],"name":"cg \"\u00e4\u0000"}}"#;
        assert_eq!(builder.document().unwrap(), text);
        builder.set(Some("z"), u64::MAX.into()).unwrap();
        let all = builder.document().unwrap();
        assert!(all.ends_with(",\"z\":18446744073709551615}"), "{all}");
        assert_eq!(Builder::new(Container::Array).document().unwrap(), "[]");
    }

    #[test]
    fn what_does_not_belong_is_refused_and_changes_nothing() {
        let mut builder = Builder::new(Container::Array);
        assert_eq!(kind(builder.set(Some("key"), Json::Null)), ErrorKind::Value);
        assert_eq!(kind(builder.begin(Some("key"), Container::Array)), ErrorKind::Value);
        assert_eq!(kind(builder.end()), ErrorKind::Value);
        builder.begin(None, Container::Object).unwrap();
        assert_eq!(kind(builder.set(None, Json::Null)), ErrorKind::Null);
        builder.end().unwrap();
        assert_eq!(builder.document().unwrap(), "[{}]");
    }

    #[test]
    fn what_can_be_made_can_be_read() {
        let mut builder = Builder::new(Container::Object);
        let mut depth = 1;
        while builder.begin(Some("a"), Container::Object).is_ok() {
            depth += 1;
        }
        assert_eq!(depth, MAX_DEPTH);
        assert_eq!(kind(builder.set(Some("a"), Json::Array(vec![]))), ErrorKind::Json);
        builder.set(Some("a"), Json::Null).unwrap();
        (1..depth).for_each(|_| builder.end().unwrap());
        parse_given(&builder.document().unwrap()).unwrap();
    }
}
