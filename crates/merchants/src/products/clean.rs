//! Frees a picture of what its camera wrote beside it: where and when it was taken, with what, by
//! whom. A JPEG keeps which way up it is, and its colours; nothing is drawn anew.

use super::Media;

/// The picture without anything but the picture; nothing when it breaks off or is not what it says.
pub(super) fn clean(media: Media, bytes: &[u8]) -> Option<Vec<u8>> {
    match media {
        Media::Jpeg => jpeg(bytes),
        Media::Png => png(bytes),
        Media::Webp => webp(bytes),
    }
}

/// Segments up to the first scan, then everything: behind it there is nothing of the camera's that
/// a viewer reads as a place.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(bytes.get(..2)?);
    let mut at = 2;
    loop {
        // Any number of 0xFF may stand before a marker.
        while bytes.get(at)? == &0xff && bytes.get(at + 1)? == &0xff {
            at += 1;
        }
        let (mark, marker) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
        let end = at + 2 + length;
        let body = bytes.get(at + 4..end)?;
        match marker {
            SCAN => {
                out.extend_from_slice(&bytes[at..last_end(bytes)?]);
                return Some(out);
            }
            EXIF => out.extend(orientation(body).map(upright).into_iter().flatten()),
            // The frame of JFIF, colour profile, Adobe's word on colours.
            0xe0 | 0xe2 | 0xee => out.extend_from_slice(&bytes[at..end]),
            0xe1..=0xef | COMMENT => {}
            _ => out.extend_from_slice(&bytes[at..end]),
        }
        at = end;
    }
}

const SCAN: u8 = 0xda;
const EXIF: u8 = 0xe1;
const COMMENT: u8 = 0xfe;

/// Behind the last end mark phones append whole films.
fn last_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]).map(|at| at + 2)
}

/// Which way up, from 2 to 8, out of Exif's first directory; nothing when it is upright.
fn orientation(body: &[u8]) -> Option<u8> {
    let tiff = body.strip_prefix(b"Exif\0\0")?;
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let pair = [*tiff.get(at)?, *tiff.get(at + 1)?];
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let long = |at: usize| {
        let four: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let count = usize::from(short(directory)?);
    (0..count).find_map(|no| {
        let entry = directory + 2 + no * 12;
        let value = (short(entry)? == ORIENTATION).then(|| short(entry + 8))??;
        u8::try_from(value).ok().filter(|value| (2..=8).contains(value))
    })
}

const ORIENTATION: u16 = 0x0112;

/// An Exif segment that says which way up, and nothing else.
fn upright(orientation: u8) -> Vec<u8> {
    let mut segment = vec![0xff, EXIF, 0, 34];
    segment.extend_from_slice(b"Exif\0\0MM\0*\0\0\0\x08\0\x01");
    segment.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    segment
}

/// The chunks that make the picture; texts, Exif and times go.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(bytes.get(..8)?);
    let mut at = 8;
    loop {
        let length: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let kind = bytes.get(at + 4..at + 8)?;
        let end = at.checked_add(12)?.checked_add(length)?;
        let chunk = bytes.get(at..end)?;
        if !matches!(kind, b"tEXt" | b"zTXt" | b"iTXt" | b"eXIf" | b"tIME") {
            out.extend_from_slice(chunk);
        }
        if kind == b"IEND" {
            return Some(out);
        }
        at = end;
    }
}

/// The chunks that make the picture; Exif and XMP go, and the flags that announce them.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    const EXIF_FLAG: u8 = 0x08;
    const XMP_FLAG: u8 = 0x04;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(bytes.get(..12)?);
    let mut at = 12;
    while at < bytes.len() {
        let kind = bytes.get(at..at + 4)?;
        let length: [u8; 4] = bytes.get(at + 4..at + 8)?.try_into().ok()?;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        // Chunks are padded to even lengths.
        let end = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
        let chunk = bytes.get(at..end)?;
        let from = out.len();
        if !matches!(kind, b"EXIF" | b"XMP ") {
            out.extend_from_slice(chunk);
        }
        if kind == b"VP8X" {
            *out.get_mut(from + 8)? &= !(EXIF_FLAG | XMP_FLAG);
        }
        at = end;
    }
    let whole = u32::try_from(out.len() - 8).ok()?;
    out.get_mut(4..8)?.copy_from_slice(&whole.to_le_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::sniff, *};

    fn has(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|one| one == part)
    }

    /// A JPEG's frame around Exif that says "turned" and "Kunshan".
    fn photo() -> Vec<u8> {
        let mut exif = upright(6)[4..].to_vec();
        exif.extend_from_slice(b"GPS Kunshan");
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
        bytes.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        bytes.extend_from_slice(&exif);
        bytes.extend_from_slice(&[0xff, 0xfe, 0, 6]);
        bytes.extend_from_slice(b"by Li");
        bytes.pop();
        bytes
            .extend_from_slice(&[0xff, 0xdb, 0, 4, 1, 2, 0xff, 0xda, 0, 4, 3, 4, 9, 9, 0xff, 0xd9]);
        bytes.extend_from_slice(b"a film");
        bytes
    }

    #[test]
    fn a_photo_forgets_where_it_was_taken_and_stays_upright() {
        let cleaned = clean(Media::Jpeg, &photo()).unwrap();
        assert!(!has(&cleaned, b"Kunshan") && !has(&cleaned, b"by L") && !has(&cleaned, b"film"));
        assert!(has(&cleaned, &upright(6)));
        assert!(cleaned.ends_with(&[3, 4, 9, 9, 0xff, 0xd9]) && has(&cleaned, &[0xff, 0xdb]));
        assert_eq!(clean(Media::Jpeg, &cleaned).unwrap(), cleaned);
    }

    fn chunk(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], kind, body, &[0; 4]].concat()
    }

    #[test]
    fn other_pictures_lose_their_texts() {
        let head = b"\x89PNG\r\n\x1a\n".to_vec();
        let kept = [chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", b"x")].concat();
        let end = chunk(b"IEND", b"");
        let bytes = [head.clone(), kept.clone(), chunk(b"tEXt", b"secret"), end.clone()].concat();
        assert_eq!(clean(Media::Png, &bytes).unwrap(), [head, kept, end].concat());
        let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
        webp.extend_from_slice(b"EXIF\x03\0\0\0gps\0VP8L\x02\0\0\0ok");
        let cleaned = clean(Media::Webp, &webp).unwrap();
        assert!(!has(&cleaned, b"gps") && cleaned.ends_with(b"ok") && cleaned[20] == 0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let photo = photo();
            for (media, head) in [
                (Media::Jpeg, &photo[..]),
                (Media::Png, b"\x89PNG\r\n\x1a\n"),
                (Media::Webp, b"RIFF\0\0\0\0WEBP"),
            ] {
                let whole = [head, &bytes[..]].concat();
                prop_assert_eq!(sniff(&whole), Some(media));
                if let Some(cleaned) = clean(media, &whole) {
                    prop_assert_eq!(sniff(&cleaned), Some(media));
                    prop_assert!(cleaned.len() <= whole.len() + 36);
                }
            }
        }
    }
}
