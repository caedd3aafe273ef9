-- CreateTable
CREATE TABLE "seed_run" (
    "region" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "marks" BLOB NOT NULL,

    PRIMARY KEY ("region", "number")
);
