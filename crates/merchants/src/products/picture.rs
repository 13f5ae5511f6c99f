//! A product's pictures: told by their bytes what they are, freed of where they were taken, bounded
//! in size and number.

use db::{
    Entry, Tx,
    file::{self, FileId},
};
use kernel::{Cx, code_enum, fold_name};
use places::Atlas;
use serde_json::json;

use super::{ProductError, clean::clean, keep::kept, policy, store};
use crate::{ProductId, TEXT_LIMIT};

code_enum! {
    /// The kinds of picture that every browser of ours shows.
    pub enum Media {
        Jpeg = "jpeg" "JPEG",
        Png = "png" "PNG",
        Webp = "webp" "WebP",
    }
}

impl Media {
    /// As the header says it.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// The largest picture, in bytes: what a phone makes of "large", on a page that a phone loads.
pub const PICTURE_BYTES: usize = 3 << 20;
/// Pictures of one product.
pub const PICTURE_LIMIT: usize = 6;

/// What the bytes are, whatever the file is called.
pub fn sniff(bytes: &[u8]) -> Option<Media> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Media::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Media::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Media::Webp),
        _ => None,
    }
}

/// A kept picture, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Which.
    pub file: FileId,
    /// Of which product.
    pub product: ProductId,
    /// Its turn, from 1.
    pub turn_no: i64,
    /// What it is.
    pub media: Media,
    /// What it shows, in Chinese, for those who do not see it.
    pub shows_zh: String,
    /// The same in English, or empty.
    pub shows_en: String,
}

/// A picture that was sent.
#[derive(Clone, Debug)]
pub struct NewPicture<'a> {
    /// Its name on the person's machine.
    pub name: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
    /// What it shows, in Chinese.
    pub shows_zh: &'a str,
    /// The same in English, or empty.
    pub shows_en: &'a str,
}

/// Adds a picture behind those that there are.
pub async fn add_picture(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: ProductId,
    new: NewPicture<'_>,
) -> Result<FileId, ProductError> {
    let (_, merchant) = kept(tx, cx, atlas, id).await?;
    let permit = policy::keep(&cx.actor, atlas, &merchant)?;
    if new.bytes.len() > PICTURE_BYTES {
        return Err(ProductError::LargePicture);
    }
    let media = sniff(new.bytes).ok_or(ProductError::NotAPicture)?;
    let bytes = clean(media, new.bytes).ok_or(ProductError::NotAPicture)?;
    let (shows_zh, shows_en) = (new.shows_zh.trim(), new.shows_en.trim());
    if fold_name(shows_zh).is_empty() {
        return Err(ProductError::NoWords);
    }
    if shows_zh.chars().count().max(shows_en.chars().count()) > TEXT_LIMIT {
        return Err(ProductError::LongText(TEXT_LIMIT));
    }
    let before = store::pictures_of(tx, id).await?;
    if before.len() >= PICTURE_LIMIT {
        return Err(ProductError::ManyPictures);
    }
    let file = file::keep(tx, cx, new.name, &bytes).await?;
    let turn_no = before.last().map_or(1, |last| last.turn_no + 1);
    let (shows_zh, shows_en) = (shows_zh.to_owned(), shows_en.to_owned());
    let picture = Picture { file, product: id, turn_no, media, shows_zh, shows_en };
    if !store::insert_picture(tx, &permit, &picture).await? {
        // Somebody else took the turn: the caller does not commit, so the file goes too.
        return Err(ProductError::Conflict);
    }
    let detail = json!({ "title": picture.shows_zh });
    let entry = Entry::on("product.picture_added", id).scope(Some(merchant.town));
    tx.journal(cx, entry.detail(&detail));
    Ok(file)
}

/// Takes a picture away, with its bytes.
pub async fn remove_picture(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: ProductId,
    file: FileId,
) -> Result<(), ProductError> {
    let (_, merchant) = kept(tx, cx, atlas, id).await?;
    let permit = policy::keep(&cx.actor, atlas, &merchant)?;
    if !store::delete_picture(tx, &permit, id, file).await? {
        return Err(ProductError::Denied(crate::Denied::Invisible));
    }
    file::remove(tx, file).await?;
    tx.journal(cx, Entry::on("product.picture_removed", id).scope(Some(merchant.town)));
    Ok(())
}
