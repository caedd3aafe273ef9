-- CreateTable
CREATE TABLE "entry" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "kind" INTEGER NOT NULL,
    "id" BLOB NOT NULL,
    "digest" BLOB NOT NULL,
    "submission" BLOB,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "visit" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "provider" TEXT NOT NULL,
    "caregiver" BLOB NOT NULL,
    "elder" BLOB NOT NULL,
    "item" TEXT NOT NULL,
    "started_at" BIGINT NOT NULL,
    "ended_at" BIGINT NOT NULL,
    "replaces" BLOB,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "registry_entry" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "kind" INTEGER NOT NULL,
    "subject" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "valid_from" BIGINT NOT NULL,
    "valid_to" BIGINT NOT NULL,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "erasure" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "person" BLOB NOT NULL,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "access" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "entry" BLOB NOT NULL,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "close" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "counts" TEXT NOT NULL,
    "index_size" BIGINT NOT NULL,
    "index_root" BLOB NOT NULL,
    "access_root" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "entitlement" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "programme" TEXT NOT NULL,
    "elder" BLOB NOT NULL,
    "month" INTEGER NOT NULL,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "rule_set" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "valid_from" INTEGER NOT NULL,
    "content" BLOB NOT NULL,
    "text" TEXT NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "review" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "reviewed_day" INTEGER NOT NULL,
    "as_of" BLOB NOT NULL,
    "ruleset" BLOB NOT NULL,
    "count" INTEGER NOT NULL,
    "verdicts" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "verdict" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "rule" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "severity" INTEGER NOT NULL,
    "withdraws" BLOB,
    "review" BLOB NOT NULL,
    "subjects" BLOB NOT NULL,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "decision" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "subject" BLOB NOT NULL,
    "outcome" TEXT NOT NULL,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "feed" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "subject" BLOB NOT NULL,
    "retracts" BLOB,
    "details" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx")
);

-- CreateTable
CREATE TABLE "submission" (
    "region" INTEGER NOT NULL,
    "hash" BLOB NOT NULL,
    "submitter" TEXT NOT NULL,
    "root" BLOB NOT NULL,
    "count" INTEGER NOT NULL,
    "signed_at" BIGINT NOT NULL,
    "signature" BLOB NOT NULL,
    "signer" BLOB NOT NULL,
    "day" INTEGER NOT NULL,
    "first_index" INTEGER NOT NULL,
    "received_at" BIGINT NOT NULL,
    "head" BLOB NOT NULL,
    "receipt_signature" BLOB NOT NULL,

    PRIMARY KEY ("region", "hash")
);

-- CreateTable
CREATE TABLE "seal" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "root" BLOB NOT NULL,
    "head" BLOB NOT NULL,

    PRIMARY KEY ("region", "day")
);

-- CreateTable
CREATE TABLE "settlement" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "as_of_day" INTEGER NOT NULL,
    "as_of" BLOB NOT NULL,
    "ruleset" BLOB NOT NULL,
    "size" INTEGER NOT NULL,

    PRIMARY KEY ("region", "day", "revision")
);

-- CreateTable
CREATE TABLE "settlement_part" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "fund" TEXT NOT NULL,
    "root" BLOB NOT NULL,
    "total_fen" BIGINT NOT NULL,

    PRIMARY KEY ("region", "day", "revision", "fund")
);

-- CreateTable
CREATE TABLE "settlement_line" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "status" INTEGER NOT NULL,
    "price_fen" BIGINT NOT NULL,
    "shares" TEXT NOT NULL,
    "verdicts" BLOB NOT NULL,
    "payee" BLOB NOT NULL,
    "booked" INTEGER NOT NULL,
    "evidenced" INTEGER NOT NULL,
    "authorised" INTEGER NOT NULL,

    PRIMARY KEY ("region", "day", "revision", "idx")
);

-- CreateTable
CREATE TABLE "run" (
    "region" INTEGER NOT NULL,
    "terms" BLOB NOT NULL,
    "fund" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "body" TEXT NOT NULL,

    PRIMARY KEY ("region", "terms")
);

-- CreateTable
CREATE TABLE "run_day" (
    "region" INTEGER NOT NULL,
    "terms" BLOB NOT NULL,
    "day" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "before" INTEGER NOT NULL,

    PRIMARY KEY ("region", "terms", "day")
);

-- CreateTable
CREATE TABLE "run_line" (
    "region" INTEGER NOT NULL,
    "terms" BLOB NOT NULL,
    "idx" INTEGER NOT NULL,
    "payee" TEXT NOT NULL,
    "account" BLOB NOT NULL,
    "account_day" INTEGER NOT NULL,
    "account_idx" INTEGER NOT NULL,
    "amount_fen" BIGINT NOT NULL,

    PRIMARY KEY ("region", "terms", "idx")
);

-- CreateTable
CREATE TABLE "debt_line" (
    "region" INTEGER NOT NULL,
    "terms" BLOB NOT NULL,
    "idx" INTEGER NOT NULL,
    "payee" TEXT NOT NULL,
    "amount_fen" BIGINT NOT NULL,

    PRIMARY KEY ("region", "terms", "idx")
);

-- CreateTable
CREATE TABLE "bank_file" (
    "region" INTEGER NOT NULL,
    "hash" BLOB NOT NULL,
    "kind" TEXT NOT NULL,
    "fund" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "taken_at" BIGINT NOT NULL,
    "taken_by" TEXT NOT NULL,
    "box" BLOB NOT NULL,

    PRIMARY KEY ("region", "hash")
);

-- CreateTable
CREATE TABLE "payment_event" (
    "region" INTEGER NOT NULL,
    "file" BLOB NOT NULL,
    "seq" INTEGER NOT NULL,
    "terms" BLOB NOT NULL,
    "idx" INTEGER NOT NULL,
    "what" TEXT NOT NULL,
    "amount_fen" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,

    PRIMARY KEY ("region", "file", "seq")
);

-- CreateTable
CREATE TABLE "fund_event" (
    "region" INTEGER NOT NULL,
    "fund" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "args" TEXT NOT NULL,
    "deployment" INTEGER NOT NULL,
    "tx" BLOB NOT NULL,
    "block_number" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,
    "at" BIGINT NOT NULL,

    PRIMARY KEY ("region", "fund", "seq")
);

-- CreateTable
CREATE TABLE "region" (
    "region" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "offset_minutes" INTEGER NOT NULL,
    "first_day" INTEGER NOT NULL,
    "open_day" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "last_received_at" BIGINT NOT NULL,
    "head" BLOB NOT NULL,
    "policies" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "detail_box" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "slot" INTEGER NOT NULL,
    "person" BLOB NOT NULL,
    "box" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "idx", "slot")
);

-- CreateTable
CREATE TABLE "used_seed" (
    "region" INTEGER NOT NULL,
    "mark" BIGINT NOT NULL,

    PRIMARY KEY ("region", "mark")
);

-- CreateTable
CREATE TABLE "evidence_mark" (
    "region" INTEGER NOT NULL,
    "mark" BIGINT NOT NULL,
    "day" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,

    PRIMARY KEY ("region", "mark", "day", "idx")
);

-- CreateTable
CREATE TABLE "person_key" (
    "region" INTEGER NOT NULL,
    "person" BLOB NOT NULL,
    "wrapped" BLOB NOT NULL,

    PRIMARY KEY ("region", "person")
);

-- CreateTable
CREATE TABLE "tile" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "level" INTEGER NOT NULL,
    "idx" INTEGER NOT NULL,
    "hashes" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "level", "idx")
);

-- CreateTable
CREATE TABLE "anchor" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "chain_id" BIGINT NOT NULL,
    "contract" BLOB NOT NULL,
    "tx" BLOB NOT NULL,
    "block_number" BIGINT NOT NULL,
    "block_hash" BLOB NOT NULL,
    "anchored_at" BIGINT NOT NULL,

    PRIMARY KEY ("region", "day")
);

-- CreateTable
CREATE TABLE "settlement_tile" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "fund" TEXT NOT NULL,
    "nodes" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "revision", "fund")
);

-- CreateTable
CREATE TABLE "settlement_anchor" (
    "region" INTEGER NOT NULL,
    "day" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "deployment" INTEGER NOT NULL,
    "tx" BLOB NOT NULL,
    "block_number" BIGINT NOT NULL,
    "block_hash" BLOB NOT NULL,

    PRIMARY KEY ("region", "day", "revision")
);

-- CreateTable
CREATE TABLE "account_request" (
    "region" INTEGER NOT NULL,
    "id" BLOB NOT NULL,
    "payee" TEXT NOT NULL,
    "box" BLOB NOT NULL,
    "reason" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requested_at" BIGINT NOT NULL,
    "approved_by" TEXT,

    PRIMARY KEY ("region", "id")
);

-- CreateTable
CREATE TABLE "key_grant" (
    "address" BLOB NOT NULL PRIMARY KEY,
    "person" BLOB NOT NULL,
    "role" INTEGER NOT NULL,
    "scope" BLOB NOT NULL,
    "from_time" BIGINT NOT NULL,
    "to_time" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "erasure_request" (
    "region" INTEGER NOT NULL,
    "id" BLOB NOT NULL,
    "person" BLOB NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requested_at" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "approved_by" TEXT,

    PRIMARY KEY ("region", "id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "hash" BLOB NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "revoked_at" BIGINT
);

-- CreateIndex
CREATE UNIQUE INDEX "entry_region_id_key" ON "entry"("region", "id");

-- CreateIndex
CREATE UNIQUE INDEX "visit_region_replaces_key" ON "visit"("region", "replaces");

-- CreateIndex
CREATE UNIQUE INDEX "registry_entry_region_kind_subject_version_key" ON "registry_entry"("region", "kind", "subject", "version");

-- CreateIndex
CREATE UNIQUE INDEX "erasure_region_person_key" ON "erasure"("region", "person");

-- CreateIndex
CREATE UNIQUE INDEX "close_region_day_key" ON "close"("region", "day");

-- CreateIndex
CREATE UNIQUE INDEX "entitlement_region_programme_elder_month_key" ON "entitlement"("region", "programme", "elder", "month");

-- CreateIndex
CREATE UNIQUE INDEX "review_region_reviewed_day_key" ON "review"("region", "reviewed_day");

-- CreateIndex
CREATE UNIQUE INDEX "submission_region_day_first_index_key" ON "submission"("region", "day", "first_index");

-- CreateIndex
CREATE INDEX "run_region_fund_number_idx" ON "run"("region", "fund", "number");

-- CreateIndex
CREATE UNIQUE INDEX "bank_file_region_kind_fund_reference_key" ON "bank_file"("region", "kind", "fund", "reference");

-- CreateIndex
CREATE INDEX "payment_event_region_terms_idx_idx" ON "payment_event"("region", "terms", "idx");
