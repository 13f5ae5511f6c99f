//! Uploaded files, kept in the database in parts, so that every node sees them and one backup
//! holds everything.

use jiff::Timestamp;
use kernel::{Cx, Id, id_kind};
use sha2::{Digest, Sha256};

use crate::{Result, Tx, args, sql};

id_kind!(FileKind, FileId, "fil");

/// Bytes in a part: small enough to stream, large enough to be few.
const PART: usize = 1 << 20;

/// A kept file, without its bytes.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// Which.
    pub id: FileId,
    /// The name it had on the person's machine.
    pub name: String,
    /// Its length in bytes.
    pub byte_count: i64,
    /// When it came.
    pub created_at: Timestamp,
}

/// Keeps these bytes as part of the caller's transaction.
pub async fn keep(tx: &mut Tx, cx: &Cx, name: &str, bytes: &[u8]) -> Result<FileId> {
    let id: FileId = cx.new_id();
    let insert = sql!(
        "INSERT INTO stored_file (id, name, byte_count, sha256, created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    );
    let sha256 = Sha256::digest(bytes).to_vec();
    let by = cx.actor.account().map(Id::uuid);
    tx.run(insert, args![id, name, bytes.len() as i64, sha256, cx.now, by]).await?;
    let part = sql!("INSERT INTO stored_file_part (file_id, part_no, bytes) VALUES ($1, $2, $3)");
    for (no, bytes) in bytes.chunks(PART).enumerate() {
        tx.run(part, args![id, no as i64, bytes]).await?;
    }
    Ok(id)
}

/// What is known of a file.
pub async fn find(tx: &mut Tx, id: FileId) -> Result<Option<StoredFile>> {
    let select = sql!("SELECT id, name, byte_count, created_at FROM stored_file WHERE id = $1");
    tx.maybe(select, args![id], |row| {
        Ok(StoredFile {
            id: row.get(0)?,
            name: row.get(1)?,
            byte_count: row.get(2)?,
            created_at: row.get(3)?,
        })
    })
    .await
}

/// All bytes of a file.
pub async fn bytes(tx: &mut Tx, id: FileId) -> Result<Vec<u8>> {
    let select = sql!("SELECT bytes FROM stored_file_part WHERE file_id = $1 ORDER BY part_no");
    Ok(tx.all(select, args![id], |row| row.get::<Vec<u8>>(0)).await?.concat())
}

/// Forgets a file.
pub async fn remove(tx: &mut Tx, id: FileId) -> Result<()> {
    tx.run(sql!("DELETE FROM stored_file WHERE id = $1"), args![id]).await?;
    Ok(())
}
