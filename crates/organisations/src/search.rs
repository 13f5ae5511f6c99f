//! Finding units by words: any two characters, a code's beginning, pinyin initials, or a place.

use std::sync::Arc;

use db::{Query, Result, Tx, args};
use kernel::{Folded, QueryTokens, fold, query_tokens};
use places::{Atlas, PlaceId};

/// What words found: units by name, address or code, and places whose units all count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    units: Units,
    places: Vec<PlaceId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Units {
    /// Each inner list is a way to match; all of its tokens must be there. The index alone is
    /// exact for words of up to two characters.
    ByTokens(Vec<Vec<String>>),
    /// Longer words were checked one by one.
    Numbers(Arc<[i64]>),
}

impl Default for Units {
    fn default() -> Self {
        Self::Numbers(Arc::new([]))
    }
}

impl Found {
    /// Adds the condition on the state `s`. Probing asks the index about each unit, in whatever
    /// order they come: for words that are in so many names that a page is soon full.
    pub(crate) fn narrow(&self, query: Query, probing: bool) -> Query {
        const PROBE: &str = " AND (EXISTS (SELECT 1 FROM unit_search \
             WHERE unit_search.rowid = s.unit_no AND ";
        let query = match &self.units {
            Units::ByTokens(ways) if probing => has_tokens(query.part(PROBE), ways).part(")"),
            Units::ByTokens(ways) => in_index(query.part(" AND (s.unit_no IN ("), ways).part(")"),
            Units::Numbers(numbers) => query.part(" AND (").any_number("s.unit_no", numbers),
        };
        if self.places.is_empty() {
            return query.part(")");
        }
        query.part(" OR ").any_of("s.place_id", self.places.iter().copied()).part(")")
    }
}

/// `SELECT rowid …` of the units that have all tokens of any one way.
fn in_index(query: Query, ways: &[Vec<String>]) -> Query {
    has_tokens(query.part("SELECT rowid FROM unit_search WHERE "), ways)
}

fn has_tokens(query: Query, ways: &[Vec<String>]) -> Query {
    let all_of = |tokens: &Vec<String>| format!("({})", tokens.join(" AND "));
    let any_way = ways.iter().map(all_of).collect::<Vec<_>>().join(" OR ");
    let postgres = ways.iter().enumerate().map(|(place, tokens)| {
        let part = if place == 0 {
            "tokens @> string_to_array(?, ' ')"
        } else {
            " OR tokens @> string_to_array(?, ' ')"
        };
        (part, args![tokens.join(" ")].to_vec())
    });
    let postgres = std::iter::once(("(", Vec::new())).chain(postgres);
    let postgres = postgres.chain([(")", Vec::new())]);
    query.either([("unit_search MATCH ?", args![any_way].to_vec())], postgres)
}

/// Looks words up. `None` when the text is too short to search by.
pub async fn find(tx: &mut Tx, text: &str, atlas: &Atlas) -> Result<Option<Found>> {
    let Some(tokens) = query_tokens(text) else { return Ok(None) };
    let places = places(&tokens, atlas);
    let code = code_prefix(text);
    let units = if is_short(text) && code.is_none() {
        Units::ByTokens(tokens.any_of().to_vec())
    } else {
        let mut numbers = checked(tx, &tokens).await?;
        if let Some(code) = code {
            numbers.extend(by_code(tx, &code).await?);
            numbers.sort_unstable();
            numbers.dedup();
        }
        Units::Numbers(numbers.into())
    };
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
async fn checked(tx: &mut Tx, tokens: &QueryTokens) -> Result<Vec<i64>> {
    let query = Query::new("SELECT u.no, u.name, u.address FROM unit AS u WHERE u.no IN (");
    let query = in_index(query, tokens.any_of()).part(") ORDER BY u.no");
    let candidates = tx
        .list(query, |row| {
            let (name, address): (String, String) = (row.get(1)?, row.get(2)?);
            let folded = Folded::from_fields([name.as_str(), address.as_str()]);
            Ok(tokens.matches(&folded).then_some(row.get::<i64>(0)?))
        })
        .await?;
    Ok(candidates.into_iter().flatten().collect())
}
