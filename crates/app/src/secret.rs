//! The file of the site's secret: read, or made at the first start; the database remembers whose
//! secret it was filled with.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use db::{Db, fact};
use kernel::{Cx, Keys, hex};

use crate::Failure;

/// The fact under which the database remembers the secret's fingerprint.
const FINGERPRINT: &str = "secret-fingerprint";

/// The keys of this database.
///
/// # Errors
/// [`Failure::WrongInput`] when the file is of another database, or not a secret;
/// [`Failure::Cannot`] when it can be neither read nor made.
pub async fn keys(db: &Db, cx: &Cx, file: &Path) -> Result<Keys, Failure> {
    let mut tx = db.read().await?;
    let is_known = fact::word(&mut tx, FINGERPRINT).await?.is_some();
    drop(tx);
    if is_known && !file.exists() {
        return Err(Failure::wrong(format!(
            "这个数据库已有密钥，而 {} 没有密钥文件。没有启动，什么也没有改。请把第一台的密钥文件\
             拷到这里，或用 --secret-file 指给我：每台用同一个文件",
            file.display()
        )));
    }
    let keys = Keys::new(read_or_make(cx, file)?);
    let mut tx = db.write().await?;
    let known = fact::know(&mut tx, FINGERPRINT, &keys.fingerprint()).await?;
    tx.commit().await?;
    if known == keys.fingerprint() {
        return Ok(keys);
    }
    Err(Failure::wrong(format!(
        "密钥文件 {} 不是这个数据库的：用它解不开已存的手机号，也认不出已发的券码。没有启动，\
         什么也没有改。请放回原来的密钥文件，或用 --secret-file 指给我",
        file.display()
    )))
}

fn read_or_make(cx: &Cx, file: &Path) -> Result<[u8; 32], Failure> {
    match fs::read_to_string(file) {
        Ok(text) => parse(text.trim()).ok_or_else(|| {
            let name = file.display();
            Failure::wrong(format!("密钥文件 {name} 应为 64 位十六进制数，现在不是。没有启动"))
        }),
        Err(why) if why.kind() == ErrorKind::NotFound => make(cx, file),
        Err(why) => Err(Failure::cannot(&format!("读不了密钥文件 {}", file.display()), why)),
    }
}

/// Written whole under another name first: a start that is cut off leaves no half secret.
fn make(cx: &Cx, file: &Path) -> Result<[u8; 32], Failure> {
    let secret = cx.random::<32>();
    let text = hex(&secret);
    let fresh = file.with_extension("new");
    let write = || {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut into = OpenOptions::new();
        let mut into = into.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        writeln!(into, "{text}")?;
        into.sync_all()?;
        fs::rename(&fresh, file)
    };
    write().map_err(|why| Failure::cannot(&format!("写不了密钥文件 {}", file.display()), why))?;
    Ok(secret)
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let mut secret = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in secret.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(secret)
}
