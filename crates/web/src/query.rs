//! A query as a struct: fields that were left empty count as left out, as a form sends them.

use axum::{
    extract::{FromRequestParts, Query as AxumQuery},
    http::{Uri, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{Refused, State};

/// The query's fields as a `T`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<State> for Query<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Refused> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Refused> {
    let mut said = form_urlencoded::Serializer::new(String::from("/?"));
    said.extend_pairs(
        form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()),
    );
    let uri: Uri = said.finish().parse().map_err(|_| Refused::BadQuery("?"))?;
    AxumQuery::try_from_uri(&uri).map(|AxumQuery(one)| one).map_err(|_| Refused::BadQuery("?"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::read;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Asked {
        limit: Option<u32>,
        q: Option<String>,
    }

    #[test]
    fn an_empty_field_counts_as_left_out() {
        let asked: Asked = read("limit=&q=%E6%98%86+a%26b").expect("it reads");
        assert_eq!(asked, Asked { limit: None, q: Some("昆 a&b".into()) });
        assert!(read::<Asked>("limit=many").is_err());
    }
}
