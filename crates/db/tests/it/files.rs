//! Files come back byte for byte, and are gone when their transaction or their owner says so.

use db::file;
use testkit::{TestDb, on_both};

on_both!(a_file_comes_back, a_removed_file_leaves_no_parts);

async fn keep(db: &TestDb, name: &str, bytes: &[u8]) -> file::FileId {
    let mut tx = db.write().await.unwrap();
    let id = file::keep(&mut tx, &db.cx(), name, bytes).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn a_file_comes_back(db: TestDb) {
    let mut noise = vec![0; 3_500_000];
    kernel::Rng::fill(&*db.rng, &mut noise);
    let exactly_one_part = noise[..1 << 20].to_vec();
    for bytes in [noise, exactly_one_part, Vec::new(), vec![0; 10]] {
        let id = keep(&db, "单位台账 '10月'.xlsx", &bytes).await;
        let mut tx = db.read().await.unwrap();
        let found = file::find(&mut tx, id).await.unwrap().unwrap();
        assert_eq!((found.id, &*found.name), (id, "单位台账 '10月'.xlsx"));
        assert_eq!((found.byte_count, found.created_at), (bytes.len() as i64, db.cx().now));
        assert!(file::bytes(&mut tx, id).await.unwrap() == bytes, "other bytes came back");
    }
}

async fn a_removed_file_leaves_no_parts(db: TestDb) {
    let gone = keep(&db, "gone", b"abc").await;
    let kept = keep(&db, "kept", b"def").await;
    let mut tx = db.write().await.unwrap();
    file::remove(&mut tx, gone).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    assert!(file::find(&mut tx, gone).await.unwrap().is_none());
    assert!(file::bytes(&mut tx, gone).await.unwrap().is_empty());
    assert_eq!(file::bytes(&mut tx, kept).await.unwrap(), b"def");
}
