//! YAML.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// Documents are not nested deeper.
const DEEPEST: usize = 100;

/// The members of the first document, which is to be a mapping.
pub fn read(text: &str) -> Result<Map<String, Value>, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    match documents.first().map(|document| value(document, 0)).transpose()? {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err("it is no mapping of names to values".to_owned()),
    }
}

fn value(node: &Yaml<'_>, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err(format!("it is more than {DEEPEST} deep"));
    }
    Ok(match node {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(value) => (*value).into(),
            Scalar::Integer(value) => (*value).into(),
            Scalar::FloatingPoint(value) => super::float(value.into_inner()),
            Scalar::String(text) => text.as_ref().into(),
        },
        Yaml::Sequence(items) => {
            items.iter().map(|item| value(item, depth + 1)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Yaml::Mapping(members) => {
            let member = |(key, member): (&Yaml<'_>, &Yaml<'_>)| {
                let key = match value(key, depth + 1)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                Ok((key, value(member, depth + 1)?))
            };
            members.iter().map(member).collect::<Result<Map<_, _>, String>>()?.into()
        }
        Yaml::Tagged(_, node) => value(node, depth + 1)?,
        Yaml::Representation(text, ..) => text.as_ref().into(),
        Yaml::Alias(_) | Yaml::BadValue => return Err("a value can't be read".to_owned()),
    })
}
