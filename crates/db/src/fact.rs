//! Facts about the database itself: a few names, each with the word that was first said.

use crate::{Result, Tx, args, sql};

/// The word of this name: the one that is known, or else this one from now on.
pub async fn know(tx: &mut Tx, name: &str, word: &str) -> Result<String> {
    let insert = sql!("INSERT INTO fact (name, word) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    tx.run(insert, args![name, word]).await?;
    tx.scalar(sql!("SELECT word FROM fact WHERE name = $1"), args![name]).await
}

/// The word of this name, if one was ever said.
pub async fn word(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let select = sql!("SELECT word FROM fact WHERE name = $1");
    Ok(tx.all(select, args![name], |row| row.get(0)).await?.pop())
}
