// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleSum} from "../libraries/MerkleSum.sol";

/// @title The public books of the subsidy funds
/// @notice Each fund is the money of one programme, year and region. What may be paid comes from settled days alone, every
/// payment is proposed and approved by two persons, and money is conserved:
/// appropriated − withdrawn = available + reserved + released − returned − repaid. All amounts are fen.
interface ISubsidyLedger {
    /// @param owed what all payees together owe, by the debts tree of the last released run, less what was repaid since
    /// @param debtsRun the run that brought that tree
    /// @param live number of the run that is neither released nor void; zero when there is none
    struct Fund {
        uint32 region;
        bool open;
        uint128 appropriated;
        uint128 withdrawn;
        uint128 available;
        uint128 reserved;
        uint128 released;
        uint128 returned;
        uint128 repaid;
        uint128 owed;
        MerkleSum.Node debts;
        uint32 debtors;
        uint64 debtsRun;
        uint64 runs;
        uint64 live;
    }

    /// @notice What a fund pays for one sealed day, and how much of it runs have consumed.
    struct FundDay {
        uint32 revision;
        uint128 total;
        uint128 consumed;
        bytes32 root;
    }

    /// @notice One fund's share of a settled day: the root of its Merkle-sum tree, one line per entry of the day.
    struct Part {
        bytes32 fund;
        bytes32 root;
        uint128 total;
    }

    /// @param asOf hash of the list of (region, day, head) up to which entries were looked at
    /// @param ruleset hash of the rules and tariffs that gave the amounts
    /// @param size entries of the sealed day
    struct Settlement {
        uint32 revision;
        bytes32 asOf;
        bytes32 ruleset;
        uint64 size;
    }

    /// @notice A run that the predecessor released: its payments may still come back.
    struct OpeningRun {
        uint64 run;
        MerkleSum.Node lines;
        uint32 payees;
    }

    /// @notice A payment of such a run that came back and waits to be issued again.
    struct OpeningReturn {
        uint64 run;
        uint32 index;
        uint64 amountFen;
    }

    /// @notice A day of a predecessor contract: what it had settled and paid.
    struct OpeningDay {
        uint32 day;
        uint32 revision;
        uint128 total;
        uint128 consumed;
        bytes32 root;
    }

    /// @notice The books of a fund at its first moment here: all zero for a new fund, a predecessor's last state otherwise.
    struct Opening {
        uint128 appropriated;
        uint128 withdrawn;
        uint128 released;
        uint128 returned;
        uint128 repaid;
        MerkleSum.Node debts;
        uint32 debtors;
        uint64 runs;
        OpeningDay[] dayList;
        OpeningRun[] runList;
        OpeningReturn[] returnList;
        bytes32 document;
    }

    /// @notice A payment that the bank sent back: line `index` of the fund's run `run`.
    struct ReturnRef {
        uint64 run;
        uint32 index;
    }

    /// @param number one more than the fund's last run
    /// @param dayList settled days whose change since the last run is paid; ascending
    /// @param returnList returned payments that are issued again; ascending
    /// @param lines root of the Merkle-sum tree of RunLine; its sum is what the run pays
    /// @param payees lines of the run
    /// @param debts root of the Merkle-sum tree of DebtLine: what payees owe once the run is released
    /// @param window seconds during which auditors may object
    /// @param patience seconds after the window, or after an objection, when anyone may void what nobody resolved
    struct Terms {
        bytes32 fund;
        uint64 number;
        uint32[] dayList;
        ReturnRef[] returnList;
        MerkleSum.Node lines;
        uint32 payees;
        MerkleSum.Node debts;
        uint32 debtors;
        uint32 window;
        uint32 patience;
    }

    enum RunState {
        None,
        Proposed,
        Approved,
        Released,
        Void
    }

    /// @param firstDay first and last of the days that it pays; zero when it only issues returns again
    /// @param windowEnds first second at which nobody may object any more
    /// @param objectedAt when an auditor froze the run; zero while it is not frozen
    struct Run {
        bytes32 termsHash;
        MerkleSum.Node lines;
        MerkleSum.Node debts;
        uint32 payees;
        uint32 debtors;
        uint32 firstDay;
        uint32 lastDay;
        uint32 patience;
        RunState state;
        uint64 windowEnds;
        uint64 objectedAt;
    }

    /// @notice One payment of a run.
    /// @param payee keccak of the payee's code or pseudonym
    /// @param account salted commitment to the account
    struct RunLine {
        uint32 index;
        bytes32 payee;
        bytes32 account;
        uint64 amountFen;
    }

    /// @notice What one payee owes the fund.
    struct DebtLine {
        uint32 index;
        bytes32 payee;
        uint64 amountFen;
    }

    /// @notice An official's signature over what was asked, good until a deadline.
    struct Signed {
        uint64 deadline;
        bytes signature;
    }

    event FundOpened(bytes32 indexed fund, uint32 indexed region, string code, bytes32 document);
    event Appropriated(bytes32 indexed fund, uint128 amountFen, bytes32 document, bytes32 person);
    event Withdrawn(bytes32 indexed fund, uint128 amountFen, bytes32 document, bytes32 person);
    event Settled(uint32 indexed region, uint32 indexed day, uint32 revision, bytes32 asOf, bytes32 ruleset, uint64 size);
    event PartSettled(bytes32 indexed fund, uint32 indexed day, uint32 revision, bytes32 root, uint128 total);
    event RunProposed(bytes32 indexed fund, uint64 indexed run, bytes32 termsHash, uint128 total, uint64 windowEnds, bytes32 person);
    event RunApproved(bytes32 indexed fund, uint64 indexed run, bytes32 person);
    event RunObjected(bytes32 indexed fund, uint64 indexed run, bytes32 document, bytes32 person);
    event ObjectionDismissed(bytes32 indexed fund, uint64 indexed run, bytes32 document, uint64 windowEnds);
    event RunReleased(bytes32 indexed fund, uint64 indexed run, uint128 total, uint128 owed);
    event RunVoided(bytes32 indexed fund, uint64 indexed run, bytes32 document);
    event PaymentReturned(bytes32 indexed fund, uint64 indexed run, uint32 index, uint64 amountFen, bytes32 document);
    event DebtRepaid(bytes32 indexed fund, bytes32 indexed payee, uint64 amountFen, bytes32 document);

    /// @notice No such fund was opened.
    error UnknownFund(bytes32 fund);
    /// @notice A fund is opened once.
    error FundExists(bytes32 fund);
    /// @notice The opening's books do not add up.
    error OpeningUnbalanced();
    /// @notice The sender does not speak as the region's operator.
    error NotOperator(address sender, uint32 region);
    /// @notice RecordLedger holds no seal of that day.
    error DayNotSealed(uint32 region, uint32 day);
    /// @notice The settlement is of another number of entries than the sealed day has.
    error SizeMismatch(uint64 expected, uint64 given);
    /// @notice A day is settled again as exactly the next revision.
    error RevisionOutOfOrder(uint32 expected, uint32 given);
    /// @notice Parts are listed by ascending fund, each once.
    error PartsOutOfOrder(bytes32 fund);
    /// @notice A fund that had a share in the revision before is missing.
    error PartMissing(bytes32 fund);
    /// @notice The fund belongs to another region.
    error FundOfOtherRegion(bytes32 fund, uint32 region);
    /// @notice The signature's deadline has passed.
    error SignatureExpired(uint64 deadline);
    /// @notice The signer does not hold that role in the fund's region now.
    error NotOfficial(address signer, uint8 role);
    /// @notice The same person has acted in another part of this run, or twice where two persons are needed.
    error PersonActedBefore(bytes32 person);
    /// @notice A signature acts once in a run.
    error SignatureUsed(bytes32 person);
    /// @notice A document moves money once.
    error DocumentUsed(bytes32 document);
    /// @notice More than is available.
    error InsufficientFunds(uint128 available, uint128 asked);
    /// @notice One run of a fund at a time.
    error RunIsLive(uint64 run);
    /// @notice Runs are numbered without gaps.
    error RunOutOfOrder(uint64 expected, uint64 given);
    /// @notice The run is not in a state in which this can be done.
    error WrongState(uint64 run, RunState state);
    /// @notice The run is frozen by an objection where it must not be, or the other way round.
    error FrozenMismatch(uint64 run, bool frozen);
    /// @notice Days and returns are listed in ascending order, each once.
    error ListOutOfOrder(uint256 position);
    /// @notice The day has no settlement of this fund.
    error DayNotSettled(uint32 day);
    /// @notice That payment did not come back, or is being issued again already.
    error ReturnNotPending(uint64 run, uint32 index);
    /// @notice The total is not the sum of what days changed, what came back and what debts changed.
    error TotalMismatch(int256 expected, uint128 given);
    /// @notice Auditors need at least so long to look.
    error WindowTooShort(uint32 least, uint32 given);
    /// @notice Auditors may still object, or the patience is not at its end.
    error WindowOpen(uint64 until);
    /// @notice The time for objections is over.
    error WindowClosed(uint64 until);
    /// @notice The line is not in the tree.
    error LineNotInTree(uint32 index);
    /// @notice A payment comes back once, and a debt of one tree is repaid once.
    error AlreadyRecorded(uint32 index);

    /// @notice Opens a fund, by a treasury official and a supervisor: two persons.
    /// @param code the fund's own name, for example `310105-2026-home-care`; its keccak is the fund's id
    function openFund(uint32 region, string calldata code, Opening calldata opening, Signed calldata treasury, Signed calldata supervisor) external;

    /// @notice Puts budget into a fund, by a treasury official.
    function appropriate(bytes32 fund, uint128 amountFen, bytes32 document, Signed calldata treasury) external;

    /// @notice Takes budget out that is available, by a treasury official.
    function withdraw(bytes32 fund, uint128 amountFen, bytes32 document, Signed calldata treasury) external;

    /// @notice Fixes every fund's share of a sealed day; again and in full at each later revision. By the operator.
    function settle(uint32 region, uint32 day, Settlement calldata settlement, Part[] calldata parts) external;

    /// @notice Reserves a run's money, by a proposer.
    function propose(Terms calldata terms, Signed calldata proposer) external;

    /// @notice The second person.
    function approve(bytes32 fund, uint64 run, Signed calldata approver) external;

    /// @notice Freezes a run, by an auditor, while the window is open.
    function object(bytes32 fund, uint64 run, bytes32 document, Signed calldata auditor) external;

    /// @notice Lets a frozen run go on, by two supervisors; the window runs on from where it was frozen.
    function dismiss(bytes32 fund, uint64 run, bytes32 document, Signed calldata first, Signed calldata second) external;

    /// @notice Voids a live run, by two supervisors: all that it consumed is as before.
    function voidRun(bytes32 fund, uint64 run, bytes32 document, Signed calldata first, Signed calldata second) external;

    /// @notice Voids a run that nobody resolved in time; anyone may.
    function expire(bytes32 fund, uint64 run) external;

    /// @notice Releases an approved run after its window; anyone may: the persons have signed.
    function release(bytes32 fund, uint64 run) external;

    /// @notice Records a payment that the bank sent back, by a treasury official, once.
    function recordReturn(
        bytes32 fund,
        uint64 run,
        RunLine calldata line,
        MerkleSum.Node[] calldata proof,
        bytes32 document,
        Signed calldata treasury
    ) external;

    /// @notice Records what a debtor paid back, by a treasury official, once for each line of a debts tree.
    function recordRepayment(
        bytes32 fund,
        DebtLine calldata line,
        uint64 amountFen,
        MerkleSum.Node[] calldata proof,
        bytes32 document,
        Signed calldata treasury
    ) external;

    /// @notice The books of a fund.
    function fundOf(bytes32 fund) external view returns (Fund memory);

    /// @notice A fund's share of a day.
    function dayOf(bytes32 fund, uint32 day) external view returns (FundDay memory);

    /// @notice The newest settlement of a region's day; revision zero when there is none.
    function settlementOf(uint32 region, uint32 day) external view returns (Settlement memory);

    /// @notice A run by number.
    function runOf(bytes32 fund, uint64 run) external view returns (Run memory);

    /// @notice 0 never came back, 1 came back and waits, 2 is being or was issued again.
    function returnState(bytes32 fund, uint64 run, uint32 index) external view returns (uint8);
}
