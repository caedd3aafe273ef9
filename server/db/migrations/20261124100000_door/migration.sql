-- CreateTable
CREATE TABLE "key_request" (
    "address" BLOB NOT NULL PRIMARY KEY,
    "username" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "requested_at" BIGINT NOT NULL,
    "approved_by" TEXT,
    "revoked_by" TEXT
);

-- CreateTable
CREATE TABLE "evidence" (
    "region" INTEGER NOT NULL,
    "digest" BLOB NOT NULL,
    "person" BLOB NOT NULL,
    "type" TEXT NOT NULL,
    "uploaded_by" TEXT NOT NULL,
    "uploaded_at" BIGINT NOT NULL,
    "box" BLOB NOT NULL,

    PRIMARY KEY ("region", "digest")
);

-- RedefineTables
CREATE TABLE "new_person" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL,
    "image" TEXT,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    "username" TEXT,
    "display_username" TEXT,
    "two_factor_enabled" BOOLEAN DEFAULT false,
    "role" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "subject" TEXT,
    "disabled" BOOLEAN NOT NULL DEFAULT false,
    "first_password" BOOLEAN NOT NULL DEFAULT false,
    "failed_sign_ins" INTEGER NOT NULL DEFAULT 0,
    "locked_until" DATETIME
);
INSERT INTO "new_person" ("id", "name", "email", "email_verified", "image", "created_at", "updated_at", "username", "display_username", "two_factor_enabled", "role", "scope", "disabled", "failed_sign_ins", "locked_until")
SELECT "id", "name", "email", "email_verified", "image", "created_at", "updated_at", "username", "display_username", "two_factor_enabled", "role", "scope", "disabled", "failed_sign_ins", "locked_until" FROM "person";
DROP TABLE "person";
ALTER TABLE "new_person" RENAME TO "person";
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");
CREATE UNIQUE INDEX "person_username_key" ON "person"("username");
