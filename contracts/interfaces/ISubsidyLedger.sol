// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleSum} from "../libraries/MerkleSum.sol";

/// @title The public books of the subsidy funds
/// @notice Each fund is the money of one programme, year and region. What may be paid comes from settled days alone, every
/// payment is proposed and approved by two persons, and money is conserved:
/// appropriated − withdrawn = available + reserved + released − returned − repaid. All amounts are fen.
interface ISubsidyLedger {
    /// @notice The books of a fund.
    /// @param region code of the region
    /// @param open whether the fund was opened
    /// @param appropriated budget put in, in fen
    /// @param withdrawn budget taken out, in fen
    /// @param available what can still be promised, in fen
    /// @param reserved what live runs promise, in fen
    /// @param released what runs released, in fen
    /// @param returned what the bank sent back, in fen
    /// @param repaid what debtors paid back, in fen
    /// @param owed what all payees together owe, by the debts tree of the last released run, less what was repaid since
    /// @param debts root of the Merkle-sum tree of DebtLine
    /// @param debtors lines of the debts tree
    /// @param debtsRun the run that brought that tree
    /// @param runs number of the last run
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
    /// @param revision number of the settlement of that day, from one
    /// @param total amount in fen
    /// @param consumed what runs have taken of it, in fen
    /// @param root root of the day's tree
    struct FundDay {
        uint32 revision;
        uint128 total;
        uint128 consumed;
        bytes32 root;
    }

    /// @notice One fund's share of a settled day: the root of its Merkle-sum tree, one line per entry of the day.
    /// @param fund keccak of the fund's code
    /// @param root root of the day's tree
    /// @param total amount in fen
    struct Part {
        bytes32 fund;
        bytes32 root;
        uint128 total;
    }

    /// @notice What stands behind the amounts of a settled day.
    /// @param revision number of the settlement of that day, from one
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
    /// @param run number of the run in its fund
    /// @param lines root of the Merkle-sum tree of RunLine
    /// @param payees lines of the run
    struct OpeningRun {
        uint64 run;
        MerkleSum.Node lines;
        uint32 payees;
    }

    /// @notice A payment of such a run that came back and waits to be issued again.
    /// @param run number of the run in its fund
    /// @param index place of the entry in its day, from zero
    /// @param amountFen amount in fen
    struct OpeningReturn {
        uint64 run;
        uint32 index;
        uint64 amountFen;
    }

    /// @notice A day of a predecessor contract: what it had settled and paid.
    /// @param day days since 1970-01-01 in the region's offset
    /// @param revision number of the settlement of that day, from one
    /// @param total amount in fen
    /// @param consumed what runs have taken of it, in fen
    /// @param root root of the day's tree
    struct OpeningDay {
        uint32 day;
        uint32 revision;
        uint128 total;
        uint128 consumed;
        bytes32 root;
    }

    /// @notice The books of a fund at its first moment here: all zero for a new fund, a predecessor's last state otherwise.
    /// @param appropriated budget put in, in fen
    /// @param withdrawn budget taken out, in fen
    /// @param released what runs released, in fen
    /// @param returned what the bank sent back, in fen
    /// @param repaid what debtors paid back, in fen
    /// @param debts root of the Merkle-sum tree of DebtLine
    /// @param debtors lines of the debts tree
    /// @param runs number of the last run
    /// @param dayList days that were settled
    /// @param runList runs that were released
    /// @param returnList payments that wait to be issued again
    /// @param document hash of the paper behind it
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
    /// @param run number of the run in its fund
    /// @param index place of the entry in its day, from zero
    struct ReturnRef {
        uint64 run;
        uint32 index;
    }

    /// @notice What a run pays, and out of what; two persons sign it.
    /// @param fund keccak of the fund's code
    /// @param number one more than the fund's last run
    /// @param dayList settled days whose change since the last run is paid; ascending
    /// @param returnList returned payments that are issued again; ascending
    /// @param lines root of the Merkle-sum tree of RunLine; its sum is what the run pays
    /// @param payees lines of the run
    /// @param debts root of the Merkle-sum tree of DebtLine: what payees owe once the run is released
    /// @param debtors lines of the debts tree
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

    /// @notice How far a run has come.
    enum RunState {
        None,
        Proposed,
        Approved,
        Released,
        Void
    }

    /// @notice A run as it stands here.
    /// @param termsHash EIP-712 hash of the run's terms
    /// @param lines root of the Merkle-sum tree of RunLine
    /// @param debts root of the Merkle-sum tree of DebtLine
    /// @param payees lines of the run
    /// @param debtors lines of the debts tree
    /// @param firstDay first and last of the days that it pays; zero when it only issues returns again
    /// @param lastDay last day that the region seals
    /// @param patience seconds after which anyone may void what nobody resolved
    /// @param state how far it has come
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
    /// @param index place of the entry in its day, from zero
    /// @param payee keccak of the payee's code or pseudonym
    /// @param account salted commitment to the account
    /// @param amountFen amount in fen
    struct RunLine {
        uint32 index;
        bytes32 payee;
        bytes32 account;
        uint64 amountFen;
    }

    /// @notice What one payee owes the fund.
    /// @param index place of the entry in its day, from zero
    /// @param payee keccak of the payee's code or pseudonym
    /// @param amountFen amount in fen
    struct DebtLine {
        uint32 index;
        bytes32 payee;
        uint64 amountFen;
    }

    /// @notice An official's signature over what was asked, good until a deadline.
    /// @param deadline last second at which it can be answered
    /// @param signature the operator's signature over it
    struct Signed {
        uint64 deadline;
        bytes signature;
    }

    /// @notice A fund was opened.
    /// @param fund keccak of the fund's code
    /// @param region code of the region
    /// @param code the fund's own name
    /// @param document hash of the paper behind it
    event FundOpened(bytes32 indexed fund, uint32 indexed region, string code, bytes32 document);
    /// @notice Budget was put into a fund.
    /// @param fund keccak of the fund's code
    /// @param amountFen amount in fen
    /// @param document hash of the paper behind it
    /// @param person the official
    event Appropriated(bytes32 indexed fund, uint128 amountFen, bytes32 document, bytes32 person);
    /// @notice Budget was taken out of a fund.
    /// @param fund keccak of the fund's code
    /// @param amountFen amount in fen
    /// @param document hash of the paper behind it
    /// @param person the official
    event Withdrawn(bytes32 indexed fund, uint128 amountFen, bytes32 document, bytes32 person);
    /// @notice A day was settled, for the first time or again.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param revision number of the settlement of that day, from one
    /// @param asOf hash of the days up to which entries were looked at
    /// @param ruleset hash of the rules and tariffs that gave the amounts
    /// @param size entries of the sealed day
    event Settled(uint32 indexed region, uint32 indexed day, uint32 revision, bytes32 asOf, bytes32 ruleset, uint64 size);
    /// @notice One fund's share of that settlement.
    /// @param fund keccak of the fund's code
    /// @param day days since 1970-01-01 in the region's offset
    /// @param revision number of the settlement of that day, from one
    /// @param root root of the Merkle-sum tree of the day's lines
    /// @param total the fund's share of the day, in fen
    event PartSettled(bytes32 indexed fund, uint32 indexed day, uint32 revision, bytes32 root, uint128 total);
    /// @notice A run was proposed; its money is reserved.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param termsHash EIP-712 hash of the run's terms
    /// @param total what the run pays, in fen
    /// @param windowEnds first second at which nobody may object any more
    /// @param person the proposer
    event RunProposed(bytes32 indexed fund, uint64 indexed run, bytes32 termsHash, uint128 total, uint64 windowEnds, bytes32 person);
    /// @notice A second person approved a run.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param person the approver
    event RunApproved(bytes32 indexed fund, uint64 indexed run, bytes32 person);
    /// @notice An auditor froze a run.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param document hash of the paper behind it
    /// @param person the auditor
    event RunObjected(bytes32 indexed fund, uint64 indexed run, bytes32 document, bytes32 person);
    /// @notice Two supervisors let a frozen run go on.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param document hash of the paper behind it
    /// @param windowEnds first second at which nobody may object any more
    event ObjectionDismissed(bytes32 indexed fund, uint64 indexed run, bytes32 document, uint64 windowEnds);
    /// @notice A run was released to the bank.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param total what the run pays, in fen
    /// @param owed what all payees together owe the fund, in fen
    event RunReleased(bytes32 indexed fund, uint64 indexed run, uint128 total, uint128 owed);
    /// @notice A run was voided; all that it consumed is as before.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param document hash of the paper behind it
    event RunVoided(bytes32 indexed fund, uint64 indexed run, bytes32 document);
    /// @notice The bank sent a payment back.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param index line of the run
    /// @param amountFen amount in fen
    /// @param document hash of the paper behind it
    event PaymentReturned(bytes32 indexed fund, uint64 indexed run, uint32 index, uint64 amountFen, bytes32 document);
    /// @notice A debtor paid back.
    /// @param fund keccak of the fund's code
    /// @param payee keccak of the payee's code or pseudonym
    /// @param amountFen amount in fen
    /// @param document hash of the paper behind it
    event DebtRepaid(bytes32 indexed fund, bytes32 indexed payee, uint64 amountFen, bytes32 document);

    /// @notice No such fund was opened.
    /// @param fund keccak of the fund's code
    error UnknownFund(bytes32 fund);
    /// @notice A fund is opened once.
    /// @param fund keccak of the fund's code
    error FundExists(bytes32 fund);
    /// @notice The opening's books do not add up.
    error OpeningUnbalanced();
    /// @notice The sender does not speak as the region's operator.
    /// @param sender who sent it
    /// @param region code of the region
    error NotOperator(address sender, uint32 region);
    /// @notice RecordLedger holds no seal of that day.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    error DayNotSealed(uint32 region, uint32 day);
    /// @notice The settlement is of another number of entries than the sealed day has.
    /// @param expected entries of the sealed day
    /// @param given entries that were stated
    error SizeMismatch(uint64 expected, uint64 given);
    /// @notice A day is settled again as exactly the next revision.
    /// @param expected the next revision
    /// @param given the revision that was given
    error RevisionOutOfOrder(uint32 expected, uint32 given);
    /// @notice Parts are listed by ascending fund, each once.
    /// @param fund keccak of the fund's code
    error PartsOutOfOrder(bytes32 fund);
    /// @notice A fund that had a share in the revision before is missing.
    /// @param fund keccak of the fund's code
    error PartMissing(bytes32 fund);
    /// @notice The fund belongs to another region.
    /// @param fund keccak of the fund's code
    /// @param region code of the region
    error FundOfOtherRegion(bytes32 fund, uint32 region);
    /// @notice The signature's deadline has passed.
    /// @param deadline Unix seconds until which it was good
    error SignatureExpired(uint64 deadline);
    /// @notice The signer does not hold that role in the fund's region now.
    /// @param signer who signed
    /// @param role the role that is needed
    error NotOfficial(address signer, uint8 role);
    /// @notice The same person has acted in another part of this run, or twice where two persons are needed.
    /// @param person who acted before
    error PersonActedBefore(bytes32 person);
    /// @notice A signature acts once in a run.
    /// @param person whose signature it is
    error SignatureUsed(bytes32 person);
    /// @notice A document moves money once.
    /// @param document hash of the paper behind it
    error DocumentUsed(bytes32 document);
    /// @notice More than is available.
    /// @param available what there is, in fen
    /// @param asked what was asked, in fen
    error InsufficientFunds(uint128 available, uint128 asked);
    /// @notice One run of a fund at a time.
    /// @param run number of the run in its fund
    error RunIsLive(uint64 run);
    /// @notice Runs are numbered without gaps.
    /// @param expected the next number
    /// @param given the number that was given
    error RunOutOfOrder(uint64 expected, uint64 given);
    /// @notice The run is not in a state in which this can be done.
    /// @param run number of the run in its fund
    /// @param state the state that it is in
    error WrongState(uint64 run, RunState state);
    /// @notice The run is frozen by an objection where it must not be, or the other way round.
    /// @param run number of the run in its fund
    /// @param frozen whether it is frozen
    error FrozenMismatch(uint64 run, bool frozen);
    /// @notice Days and returns are listed in ascending order, each once.
    /// @param position place in the list
    error ListOutOfOrder(uint256 position);
    /// @notice The day has no settlement of this fund.
    /// @param day days since 1970-01-01 in the region's offset
    error DayNotSettled(uint32 day);
    /// @notice That payment did not come back, or is being issued again already.
    /// @param run number of the run in its fund
    /// @param index line of the run
    error ReturnNotPending(uint64 run, uint32 index);
    /// @notice The total is not the sum of what days changed, what came back and what debts changed.
    /// @param expected what days, returns and debts add up to, in fen
    /// @param given what the terms say, in fen
    error TotalMismatch(int256 expected, uint128 given);
    /// @notice Auditors need at least so long to look.
    /// @param least seconds that it must last
    /// @param given seconds that were given
    error WindowTooShort(uint32 least, uint32 given);
    /// @notice Auditors may still object, or the patience is not at its end.
    /// @param until Unix seconds at which it ends
    error WindowOpen(uint64 until);
    /// @notice The time for objections is over.
    /// @param until Unix seconds at which it ended
    error WindowClosed(uint64 until);
    /// @notice The line is not in the tree.
    /// @param index line that was shown
    error LineNotInTree(uint32 index);
    /// @notice A payment comes back once, and a debt of one tree is repaid once.
    /// @param index line that was shown
    error AlreadyRecorded(uint32 index);

    /// @notice Opens a fund, by a treasury official and a supervisor: two persons.
    /// @param region code of the region
    /// @param code the fund's own name, for example `310105-2026-home-care`; its keccak is the fund's id
    /// @param opening books at the fund's first moment here
    /// @param treasury a treasury official's signature
    /// @param supervisor a supervisor's signature
    function openFund(
        uint32 region,
        string calldata code,
        Opening calldata opening,
        Signed calldata treasury,
        Signed calldata supervisor
    ) external;

    /// @notice Puts budget into a fund, by a treasury official.
    /// @param fund keccak of the fund's code
    /// @param amountFen amount in fen
    /// @param document hash of the paper behind it
    /// @param treasury a treasury official's signature
    function appropriate(bytes32 fund, uint128 amountFen, bytes32 document, Signed calldata treasury) external;

    /// @notice Takes budget out that is available, by a treasury official.
    /// @param fund keccak of the fund's code
    /// @param amountFen amount in fen
    /// @param document hash of the paper behind it
    /// @param treasury a treasury official's signature
    function withdraw(bytes32 fund, uint128 amountFen, bytes32 document, Signed calldata treasury) external;

    /// @notice Fixes every fund's share of a sealed day; again and in full at each later revision. By the operator.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @param settlement what was looked at, and by which rules
    /// @param parts each fund's share, by ascending fund
    function settle(uint32 region, uint32 day, Settlement calldata settlement, Part[] calldata parts) external;

    /// @notice Reserves a run's money, by a proposer.
    /// @param terms what the run pays, and out of what
    /// @param proposer the proposer's signature
    function propose(Terms calldata terms, Signed calldata proposer) external;

    /// @notice The second person.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param approver the approver's signature
    function approve(bytes32 fund, uint64 run, Signed calldata approver) external;

    /// @notice Freezes a run, by an auditor, while the window is open.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param document hash of the paper behind it
    /// @param auditor the auditor's signature
    function object(bytes32 fund, uint64 run, bytes32 document, Signed calldata auditor) external;

    /// @notice Lets a frozen run go on, by two supervisors; the window runs on from where it was frozen.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param document hash of the paper behind it
    /// @param first one supervisor's signature
    /// @param second another person's signature as a supervisor
    function dismiss(bytes32 fund, uint64 run, bytes32 document, Signed calldata first, Signed calldata second) external;

    /// @notice Voids a live run, by two supervisors: all that it consumed is as before.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param document hash of the paper behind it
    /// @param first one supervisor's signature
    /// @param second another person's signature as a supervisor
    function voidRun(bytes32 fund, uint64 run, bytes32 document, Signed calldata first, Signed calldata second) external;

    /// @notice Voids a run that nobody resolved in time; anyone may.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    function expire(bytes32 fund, uint64 run) external;

    /// @notice Releases an approved run after its window; anyone may: the persons have signed.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    function release(bytes32 fund, uint64 run) external;

    /// @notice Records a payment that the bank sent back, by a treasury official, once.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param line the payment
    /// @param proof hashes from the leaf to the root
    /// @param document hash of the bank's message
    /// @param treasury a treasury official's signature
    function recordReturn(
        bytes32 fund,
        uint64 run,
        RunLine calldata line,
        MerkleSum.Node[] calldata proof,
        bytes32 document,
        Signed calldata treasury
    ) external;

    /// @notice Records what a debtor paid back, by a treasury official, once for each line of a debts tree.
    /// @param fund keccak of the fund's code
    /// @param line the debt
    /// @param amountFen what was paid back, in fen
    /// @param proof hashes from the leaf to the root
    /// @param document hash of the paper behind it
    /// @param treasury a treasury official's signature
    function recordRepayment(
        bytes32 fund,
        DebtLine calldata line,
        uint64 amountFen,
        MerkleSum.Node[] calldata proof,
        bytes32 document,
        Signed calldata treasury
    ) external;

    /// @notice The books of a fund.
    /// @param fund keccak of the fund's code
    /// @return the books
    function fundOf(bytes32 fund) external view returns (Fund memory);

    /// @notice A fund's share of a day.
    /// @param fund keccak of the fund's code
    /// @param day days since 1970-01-01 in the region's offset
    /// @return the share
    function dayOf(bytes32 fund, uint32 day) external view returns (FundDay memory);

    /// @notice The newest settlement of a region's day; revision zero when there is none.
    /// @param region code of the region
    /// @param day days since 1970-01-01 in the region's offset
    /// @return the settlement
    function settlementOf(uint32 region, uint32 day) external view returns (Settlement memory);

    /// @notice A run by number.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @return the run
    function runOf(bytes32 fund, uint64 run) external view returns (Run memory);

    /// @notice 0 never came back, 1 came back and waits, 2 is being or was issued again.
    /// @param fund keccak of the fund's code
    /// @param run number of the run in its fund
    /// @param index line of the run
    /// @return the state
    function returnState(bytes32 fund, uint64 run, uint32 index) external view returns (uint8);
}
