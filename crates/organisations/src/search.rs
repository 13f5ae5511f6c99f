//! Finding units by words: any two characters, a code's beginning, pinyin initials, or a place.

use std::sync::Arc;

use db::{Query, Result, Tx, args};
use kernel::{Folded, QueryTokens, fold, query_tokens};
use places::{Atlas, PlaceId};

use crate::postings;
pub use crate::postings::indexed;

/// What words found: units by name, address or code, and places whose units all count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    units: Units,
    places: Vec<PlaceId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Units {
    Few(Arc<[i64]>),
    /// A byte for each unit of the register: 1 where it was found. The engine looks each unit up
    /// by its place, in whatever order the list has them.
    Many(Arc<[u8]>),
}

impl Default for Units {
    fn default() -> Self {
        Self::Few(Arc::new([]))
    }
}

/// More numbers than this are told by places.
const FEW: usize = 1_000;

impl Units {
    fn of(numbers: Vec<i64>) -> Self {
        if numbers.len() <= FEW {
            return Self::Few(numbers.into());
        }
        let places = numbers.last().copied().unwrap_or_default();
        let mut marks = vec![0; usize::try_from(places).unwrap_or_default()];
        for place in numbers.iter().filter_map(|no| usize::try_from(no - 1).ok()) {
            marks[place] = 1;
        }
        Self::Many(marks.into())
    }
    /// Adds the condition on a column, which stands in both parts.
    fn narrow(&self, query: Query, column: &'static str, marked: &'static str) -> Query {
        match self {
            Self::Few(numbers) => query.any_number(column, numbers),
            Self::Many(marks) => query.with(marked, args![&marks[..], &[1_u8][..]]),
        }
    }
}

impl Found {
    /// Adds the condition on the state `s`.
    pub(crate) fn narrow(&self, query: Query) -> Query {
        let query = query.part(" AND (");
        let query = self.units.narrow(query, "s.unit_no", "substr(?, s.unit_no, 1) = ?");
        if self.places.is_empty() {
            return query.part(")");
        }
        query.part(" OR ").any_of("s.place_id", self.places.iter().copied()).part(")")
    }
}

/// Looks words up. `None` when the text is too short to search by.
pub async fn find(tx: &mut Tx, text: &str, atlas: &Atlas) -> Result<Option<Found>> {
    let Some(tokens) = query_tokens(text) else { return Ok(None) };
    let places = places(&tokens, atlas);
    let code = code_prefix(text);
    let mut numbers = postings::with_tokens(tx, tokens.any_of()).await?;
    if !is_short(text) || code.is_some() {
        numbers = checked(tx, &tokens, numbers).await?;
    }
    if let Some(code) = code {
        numbers.extend(by_code(tx, &code).await?);
        numbers.sort_unstable();
        numbers.dedup();
    }
    let units = Units::of(numbers);
    Ok(Some(Found { units, places }))
}

/// The places that are called so, with everything in them.
pub(crate) fn places(tokens: &QueryTokens, atlas: &Atlas) -> Vec<PlaceId> {
    let named = |place: &PlaceId| tokens.matches(&Folded::new(atlas.name(*place)));
    // Towns are left out: "昆山" would find every unit of the towns that are named after the city.
    let below = atlas.towns().iter().flat_map(|town| atlas.subtree(*town).into_iter().skip(1));
    let mut places: Vec<PlaceId> = below.filter(named).collect();
    places = places.into_iter().flat_map(|place| atlas.subtree(place)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether all words are so short that the index alone is exact.
pub(crate) fn is_short(text: &str) -> bool {
    fold(text).split(' ').all(|word| word.chars().count() <= 2)
}

/// Four or more characters of a credit code's alphabet may be the beginning of one.
pub(crate) fn code_prefix(text: &str) -> Option<String> {
    let code = fold(text).to_ascii_uppercase();
    let fits = (4..=18).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && code.bytes().any(|byte| byte.is_ascii_digit());
    fits.then_some(code)
}

async fn by_code(tx: &mut Tx, code: &str) -> Result<Vec<i64>> {
    let select = db::sql!("SELECT no FROM unit WHERE uscc >= $1 AND uscc < $2");
    // `~` sorts after every character of a code, in both engines' byte order.
    tx.all(select, args![code, format!("{code}~")], |row| row.get(0)).await
}

/// The candidates that the index gives, each checked against the whole words.
async fn checked(tx: &mut Tx, tokens: &QueryTokens, candidates: Vec<i64>) -> Result<Vec<i64>> {
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let query = Query::new("SELECT u.no, u.name, u.address FROM unit AS u WHERE ");
    let query = Units::of(candidates).narrow(query, "u.no", "substr(?, u.no, 1) = ?");
    let found = tx
        .list(query.part(" ORDER BY u.no"), |row| {
            let (name, address): (String, String) = (row.get(1)?, row.get(2)?);
            let folded = Folded::from_fields([name.as_str(), address.as_str()]);
            Ok(tokens.matches(&folded).then_some(row.get::<i64>(0)?))
        })
        .await?;
    Ok(found.into_iter().flatten().collect())
}
